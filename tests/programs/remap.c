// Maps its own program as code at ever new addresses: remap TIMES
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

int main(int argc, char **argv) {
    int fd = open("/proc/self/exe", O_RDONLY);
    uintptr_t at = 0x100000000000;
    for (long i = argc > 1 ? atol(argv[1]) : 1; i > 0; i--, at += 0x100000) {
        void *place = mmap((void *)at, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, 0);
        if (place == MAP_FAILED) return 1;
        munmap(place, 4096);
    }
    return 0;
}
