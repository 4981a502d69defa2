// Reads and sleeps at many depths, in threads, also while a panic unwinds.
use std::{env, fs::File, io::Read, panic, thread, time::Duration};

#[inline(never)]
fn touch() -> usize {
    let mut bytes = [0u8; 64];
    let read = File::open("/proc/self/comm").and_then(|mut file| file.read(&mut bytes)).unwrap();
    thread::sleep(Duration::from_micros(1));
    read
}

struct TouchesAtTheEnd;

impl Drop for TouchesAtTheEnd {
    fn drop(&mut self) {
        touch();
    }
}

#[inline(never)]
fn descend(depth: u32, fails: bool) -> usize {
    let _guard = TouchesAtTheEnd;
    if depth > 0 {
        return descend(depth - 1, fails) + 1;
    }
    if fails {
        panic::resume_unwind(Box::new("as it had to"));
    }
    touch()
}

fn work(rounds: u32) {
    for round in 0..rounds {
        descend(round % 25, false);
        assert!(panic::catch_unwind(|| descend(round % 15, true)).is_err());
    }
}

fn main() {
    let rounds: u32 = env::args().nth(1).unwrap().parse().unwrap();
    let threads: Vec<_> = (0..2).map(|_| thread::spawn(move || work(rounds))).collect();
    work(rounds);
    for one in threads {
        one.join().unwrap();
    }
}
