# whole.py perf|ours < TEXT: how many user stacks there are, and how many of them reach their thread's first function.
# TEXT is what "perf script -F ip,sym,dso" or "diagnose-tools report --json" print. A function is a first one when the unwind
# information of its file says that nobody called it (readelf: the return address is undefined), when it lies at the file's
# entry point, or by its name where files say neither (Go). None of it comes from the code that is measured.
import collections
import functools
import json
import re
import subprocess
import sys

FIRST_BY_NAME = re.compile(r"(_start|_dl_start_user|__?clone3?|runtime\.(goexit|mstart|rt0_go)(\.abi0)?|_rt0_amd64_linux)$")


@functools.cache
def first_ranges(path):
    """Addresses of code that nobody calls, and the shift from file offsets to the file's addresses, by offset."""
    def run(*command):
        return subprocess.run(command, capture_output=True, text=True, errors="replace").stdout

    ranges, end = [], 0
    for line in run("readelf", "-wF", path).splitlines():
        if found := re.search(r"FDE .*pc=([0-9a-f]+)\.\.([0-9a-f]+)", line):
            end = int(found[2], 16)
        elif (words := line.split()) and re.fullmatch(r"[0-9a-f]{16}", words[0]):
            if ranges and ranges[-1][1] == 0:
                ranges[-1] = (ranges[-1][0], int(words[0], 16))
            if words[-1] == "u":
                ranges.append((int(words[0], 16), 0))
        elif ranges and ranges[-1][1] == 0:
            ranges[-1] = (ranges[-1][0], end)
    if found := re.search(r"Entry point address:\s+0x([0-9a-f]+)", run("readelf", "-hW", path)):
        ranges.append((int(found[1], 16), int(found[1], 16) + 64))
    segments = []
    for line in run("readelf", "-lW", path).splitlines():
        words = line.split()
        if words[:1] == ["LOAD"]:
            offset, address, size = int(words[1], 16), int(words[2], 16), int(words[4], 16)
            segments.append((offset, size, address - offset))
    return ranges, segments


@functools.cache
def is_first(path, offset, name):
    """Whether the call at an offset in a file lies in a function that nobody called."""
    if FIRST_BY_NAME.match(name):
        return True
    ranges, segments = first_ranges(path)
    for start, size, shift in segments:
        if start <= offset < start + size:
            return any(first <= offset + shift < end for first, end in ranges)
    return False


def outermost_of_perf(lines):
    """(path, offset of the call, name) of each hit's last user frame; None for a hit without one."""
    last, any_frame = None, False
    for line in lines:
        words = line.split()
        if not words:
            if any_frame:
                yield last
            last, any_frame = None, False
        elif re.fullmatch(r"[0-9a-f]+", words[0]):
            any_frame = True
            address = int(words[0], 16)
            if address < 1 << 63:
                name = " ".join(words[1:-1])
                last = (words[-1].strip("()"), address, re.sub(r"\+0x[0-9a-f]+$", "", name))
    if any_frame:
        yield last


def outermost_of_ours(lines):
    for line in lines:
        frames = json.loads(line)["user"]
        if not frames:
            yield None
            continue
        frame = frames[-1]
        yield (frame["module"] or "", int(frame["offset"], 16) - frame.get("return_address", False), frame["name"] or "")


reader = {"perf": outermost_of_perf, "ours": outermost_of_ours}[sys.argv[1]]
counts = collections.Counter(reader(sys.stdin))
# A hit without any user frame is one that was not unwound: the programs have no threads in the kernel.
none = counts.pop(None, 0)
whole = sum(count for frame, count in counts.items() if is_first(*frame))
print(sum(counts.values()) + none, whole)
if none:
    print(f"  {none} have no user frame", file=sys.stderr)
for frame, count in counts.most_common():
    if not is_first(*frame):
        print(f"  {count} end in {frame[2] or '?'} at 0x{frame[1]:x} of {frame[0] or '?'}", file=sys.stderr)
