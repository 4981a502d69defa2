/* deep [--depth D] [--calls N] [--hold]
 * Makes exactly N read(2) calls of one byte on /dev/zero at the bottom of D frames of descend(), for stacks deeper
 * than a kernel or a format is ready for. With --hold it prints "ready PID" and waits for a line on standard input.
 * Build: gcc -O0 -fno-omit-frame-pointer */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static long calls = 1000;
static int zero;

/* Not libc's read(), which keeps no frame pointer and so hides its caller. */
static long read_byte(int fd, char *byte)
{
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_read), "D"((long)fd), "S"(byte), "d"(1L)
                     : "rcx", "r11", "memory");
    return result;
}

__attribute__((noinline)) void bottom(void)
{
    char byte;
    for (long i = 0; i < calls; i++)
        if (read_byte(zero, &byte) != 1) abort();
}

__attribute__((noinline)) void descend(long left)
{
    if (left > 1) descend(left - 1);
    else bottom();
}

int main(int argc, char **argv)
{
    long depth = 100;
    int hold = 0;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--depth") && i + 1 < argc) depth = atol(argv[++i]);
        else if (!strcmp(argv[i], "--calls") && i + 1 < argc) calls = atol(argv[++i]);
        else if (!strcmp(argv[i], "--hold")) hold = 1;
        else { fprintf(stderr, "usage: deep [--depth D] [--calls N] [--hold]\n"); return 2; }
    }
    zero = open("/dev/zero", O_RDONLY);
    if (zero < 0) { perror("deep: /dev/zero"); return 1; }
    if (hold) {
        printf("ready %ld\n", (long)getpid());
        fflush(stdout);
        for (int byte = getchar(); byte != EOF && byte != '\n'; byte = getchar()) { }
    }
    descend(depth);
    return 0;
}
