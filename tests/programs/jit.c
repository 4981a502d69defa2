// Makes code at run time that reads from /dev/zero, as a JIT compiler would, and says so in a perf map.
//   jit CALLS [MAP [NAME...]]     MAP: where the map goes instead of /tmp/perf-PID.map, "" for none, - for that again
// With NAMEs it makes the calls once for each, and each time the code is another function's, at the same place.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// long compiled(long fd, void *buffer): read(fd, buffer, 1) with a frame of its own.
static const unsigned char code[] = {
    0x55,                               // push %rbp
    0x48, 0x89, 0xe5,                   // mov %rsp,%rbp
    0xba, 0x01, 0x00, 0x00, 0x00,       // mov $1,%edx
    0x31, 0xc0,                         // xor %eax,%eax   (SYS_read)
    0x0f, 0x05,                         // syscall
    0x5d,                               // pop %rbp
    0xc3,                               // ret
};

int main(int argc, char **argv) {
    long calls = argc > 1 ? atol(argv[1]) : 1;
    char path[64], byte;
    snprintf(path, sizeof path, "/tmp/perf-%d.map", getpid());
    const char *map = argc > 2 && strcmp(argv[2], "-") != 0 ? argv[2] : path;
    unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return 1;
    memcpy(page + 64, code, sizeof code);
    if (*map) {
        FILE *file = fopen(map, "w");
        if (!file) return 1;
        fprintf(file, "%lx %zx Program.ReadByte [Tier1]\n", (unsigned long)(page + 64), sizeof code);
        fclose(file);
    }
    int fd = open("/dev/zero", O_RDONLY);
    for (int name = 3; name < argc; name++) {
        FILE *file = fopen(map, name == 3 ? "w" : "a");
        if (!file) return 1;
        fprintf(file, "%lx %zx %s\n", (unsigned long)(page + 64), sizeof code, argv[name]);
        fclose(file);
        for (long i = 0; i < calls; i++) ((long (*)(long, void *))(page + 64))(fd, &byte);
        usleep(250 * 1000); // a recorder that looks ten times a second sees each name, and when it came
    }
    if (argc > 3) calls = 0;
    for (long i = 0; i < calls; i++) ((long (*)(long, void *))(page + 64))(fd, &byte);
    usleep(1200 * 1000); // a recorder looks at the map when it writes its next block, at most a second later
    if (*map) unlink(map);
    return 0;
}
