// Reads and sleeps at many depths, in goroutines, also in deferred functions while a panic unwinds.
package main

import (
	"os"
	"strconv"
	"sync"
	"syscall"
)

//go:noinline
func touch() int {
	file, err := os.Open("/proc/self/comm")
	if err != nil {
		panic(err)
	}
	defer file.Close()
	bytes := make([]byte, 64)
	read, _ := file.Read(bytes)
	little := syscall.Timespec{Nsec: 1000}
	syscall.Nanosleep(&little, nil)
	return read
}

//go:noinline
func descend(depth int, fails bool) int {
	defer touch()
	if depth > 0 {
		return descend(depth-1, fails) + 1
	}
	if fails {
		panic("as it had to")
	}
	return touch()
}

func attempt(depth int) {
	defer func() { recover() }()
	descend(depth, true)
}

func main() {
	rounds, _ := strconv.Atoi(os.Args[1])
	var all sync.WaitGroup
	for i := 0; i < 3; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for round := 0; round < rounds; round++ {
				descend(round%25, false)
				attempt(round % 15)
			}
		}()
	}
	all.Wait()
}
