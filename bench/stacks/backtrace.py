# For gdb: stops a program at each of its read calls and writes the thread and the address of every frame, leaf first, as a
# line into the file that BACKTRACES names.
import gdb
import os

for setting in ("pagination off", "confirm off", "backtrace past-main on", "backtrace past-entry on", "backtrace limit unlimited"):
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
            addresses = []
            frame = gdb.newest_frame()
            while frame is not None:
                addresses.append("0x%x" % frame.pc())
                frame = frame.older()
            print(thread, *addresses, file=backtraces)
        gdb.execute("continue", to_string=True)
