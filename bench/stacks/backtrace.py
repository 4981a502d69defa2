# For gdb: stops a program at each of its read calls and writes the thread and the address of every frame, leaf first, as a
# line into the file that BACKTRACES names.
import gdb
import os


def code():
    """The address ranges with code; in few reads, since all that gdb reads is hit, too."""
    fd, maps = os.open("/proc/%d/maps" % gdb.selected_inferior().pid, os.O_RDONLY), b""
    while part := os.read(fd, 1 << 16):
        maps += part
    os.close(fd)
    lines = (line.split() for line in maps.decode().splitlines())
    return [[int(part, 16) for part in line[0].split("-")] for line in lines if len(line) > 1 and "x" in line[1]]


def addresses():
    frame, ranges = gdb.newest_frame(), code()
    while frame is not None:
        # Beyond the dynamic loader's entry, which has no unwind information, gdb takes the program's arguments for frames.
        if not any(start < frame.pc() <= end for start, end in ranges):
            return
        # What was inlined, and what left by jumping into what it called, has no frame in the stack: gdb knows of it by debug information.
        if frame.type() not in (gdb.INLINE_FRAME, gdb.TAILCALL_FRAME):
            yield "0x%x" % frame.pc()
        frame = frame.older()


for setting in ("pagination off", "confirm off", "startup-with-shell off", "backtrace past-main on", "backtrace past-entry on", "backtrace limit unlimited"):
    gdb.execute("set " + setting)
gdb.execute("handle all nostop noprint pass", to_string=True)
gdb.execute("catch syscall read", to_string=True)

with open(os.environ["BACKTRACES"], "w") as backtraces:
    gdb.execute("run", to_string=True)
    is_inside = {}
    while gdb.selected_inferior().pid != 0:
        thread = gdb.selected_thread().ptid[1]
        # A call stops its thread twice: where it enters the kernel and where it leaves it.
        is_inside[thread] = not is_inside.get(thread, False)
        if is_inside[thread]:
            print(thread, *addresses(), file=backtraces)
        gdb.execute("continue", to_string=True)
