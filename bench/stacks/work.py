# Reads and sleeps at many depths of Python's and the C library's functions.
import json, os, re, sys, time, threading


def touch():
    with open("/proc/self/comm", "rb", buffering=0) as file:
        file.read(64)
    time.sleep(1e-6)


def descend(depth):
    if depth == 0:
        return touch()
    return max([descend(depth - 1) or 0 for _ in (1,)])


class Key:
    def __init__(self, value): self.value = value
    def __lt__(self, other):
        touch()
        return self.value < other.value


def work(rounds):
    for i in range(rounds):
        descend(i % 12)
        sorted([Key(i), Key(i + 1), Key(i - 1)])
        re.sub("a", lambda match: touch() or "b", "aa")
        json.loads('{"a": [1]}', object_hook=lambda found: touch() or found)


rounds = int(sys.argv[1])
threads = [threading.Thread(target=work, args=(rounds,)) for _ in range(2)]
for thread in threads: thread.start()
work(rounds)
for thread in threads: thread.join()
