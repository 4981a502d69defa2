// A program of its own, without any library, whose stacks are hard to unwind: frames without a frame pointer, a stack that
// is realigned, a frame of variable size, a signal handler on its caller's stack and on one of its own, and hand-written
// code without unwind information that keeps a frame pointer. Built and recorded by record.sh.
typedef unsigned long word;

static volatile unsigned sink;

#define STR2(x) #x
#define STR(x) STR2(x)

static long call(long number, long a, long b, long c, long d)
{
    long result;
    register long r10 __asm__("r10") = d;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
    return result;
}

static __attribute__((noinline)) void burn(int n)
{
    for (int i = 0; i < n; i++)
        sink = sink * 31 + i;
}

// What the kernel returns to from a handler: all registers lie in the frame that it made, at these offsets.
#define SAVED(column, offset) ".cfi_escape 0x10, " STR(column) ", 3, 0x77, " STR((offset) & 0x7f | 0x80) ", " STR((offset) >> 7) "\n"
__asm__(
    ".text\n"
    ".type restore, @function\n"
    ".cfi_startproc simple\n"
    ".cfi_signal_frame\n"
    ".cfi_escape 0x0f, 4, 0x77, 0xa0, 1, 0x06\n" // the stack pointer, at 160
    SAVED(8, 40) SAVED(9, 48) SAVED(10, 56) SAVED(11, 64) SAVED(12, 72) SAVED(13, 80) SAVED(14, 88) SAVED(15, 96)
    SAVED(5, 104) SAVED(4, 112) SAVED(6, 120) SAVED(3, 128) SAVED(1, 136) SAVED(0, 144) SAVED(2, 152) SAVED(7, 160) SAVED(16, 168)
    "nop\n" // an entry covers the byte before the address that is returned to
    "restore:\n"
    "    mov $15, %eax\n"
    "    syscall\n"
    ".cfi_endproc\n");
extern char restore[];

// No unwind information at all; a frame pointer.
__asm__(
    ".type undescribed, @function\n"
    "undescribed:\n"
    "    push %rbp\n"
    "    mov %rsp, %rbp\n"
    "    sub $32, %rsp\n"
    "    mov %edi, %eax\n"
    "1:  imul $31, %eax, %eax\n"
    "    dec %edi\n"
    "    jnz 1b\n"
    "    mov $3000, %edi\n"
    "    call burn\n"
    "    leave\n"
    "    ret\n");
extern int undescribed(int n) __asm__("undescribed");

static __attribute__((noinline)) unsigned realigned(int n)
{
    __attribute__((aligned(64))) volatile char aligned[128];
    volatile char *more = __builtin_alloca(n + 16);
    for (int i = 0; i < n + 16; i++)
        more[i] = n;
    aligned[n & 127] = more[n & 7];
    burn(3000);
    return aligned[n & 127];
}

static __attribute__((noinline)) int deep(int n)
{
    if (n == 0)
        return realigned(sink & 63) + undescribed(1000);
    return deep(n - 1) * 3 + n;
}

static void handler(int signal)
{
    burn(20000 + signal);
}

static char other[8192] __attribute__((aligned(16)));

struct action { void (*handler)(int); word flags; void (*restorer)(void); word mask; };

__attribute__((noreturn, used)) static void run(void)
{
    struct { void *sp; int flags; word size; } stack = {other, 0, sizeof other};
    struct action action = {handler, 0x04000000 /* SA_RESTORER */, (void (*)(void))restore, 0};
    call(13 /* rt_sigaction */, 10, (long)&action, 0, 8);
    action.flags |= 0x08000000; // SA_ONSTACK
    call(13, 12, (long)&action, 0, 8);
    call(131 /* sigaltstack */, (long)&stack, 0, 0, 0);
    long pid = call(39 /* getpid */, 0, 0, 0, 0);
    for (int i = 0; i < 60; i++) {
        sink += deep(5);
        call(62 /* kill */, pid, i % 2 ? 10 : 12, 0, 0);
    }
    call(231 /* exit_group */, 0, 0, 0, 0);
    __builtin_unreachable();
}

__asm__(
    ".globl _start\n"
    ".type _start, @function\n"
    "_start:\n"
    ".cfi_startproc\n"
    ".cfi_undefined rip\n"
    "    xor %ebp, %ebp\n"
    "    call run\n"
    "    hlt\n"
    ".cfi_endproc\n");
