//! Output of any size and kind in bounded memory (RISKS 18).

use super::*;

fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn r18_a_gigabyte_without_a_newline_passes_in_bounded_memory() {
    let bench = Bench::new(&["/usr/bin/head"]);
    let before = peak_memory();
    let mut started = bench.begin(&["/usr/bin/head", "-c", "1000000000", "/dev/zero"], PATIENCE).await;
    let mut passed = 0;
    let finish = loop {
        match started.events.next().await.unwrap() {
            ExecEvent::Log { bytes, .. } => {
                assert!(bytes.len() <= 64 * 1024);
                passed += bytes.len();
            }
            ExecEvent::Finished(finish) => break finish,
            ExecEvent::Progress(_) | ExecEvent::Handle(_) => {}
        }
    };
    assert_eq!((finish, passed), (Finish::Exited(0), 1_000_000_000));
    let grown = peak_memory() - before;
    assert!(grown < 16 * 1024, "grew by {grown} KiB");
}

#[tokio::test]
async fn r18_a_reader_that_does_not_read_makes_the_program_wait() {
    let bench = Bench::new(&["/bin/sh"]);
    let progress = bench.path("progress");
    let script =
        "i=0; while [ $i -lt 100 ]; do head -c 65536 /dev/zero; i=$((i+1)); echo $i > progress; done";
    let started = bench.begin(&["/bin/sh", "-c", script], PATIENCE).await;
    let written = || fs::read_to_string(&progress).ok().and_then(|text| text.trim().parse::<u32>().ok());
    // The pipe alone holds the first piece; how much more is taken in depends on how small the reads came.
    wait_for("the first output", || written().is_some_and(|n| n >= 1)).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let stuck_at = written().unwrap();
    assert!(stuck_at < 20, "{stuck_at} pieces were taken in that nobody read");
    let ran = follow(started).await;
    assert_eq!((ran.finish, ran.out.len()), (Finish::Exited(0), 100 * 65536));
}

#[tokio::test]
async fn r18_a_program_that_nobody_listens_to_still_ends() {
    let bench = Bench::new(&["/bin/sh"]);
    let done = bench.path("done");
    let script = "head -c 5000000 /dev/zero; : > done";
    drop(bench.begin(&["/bin/sh", "-c", script], PATIENCE).await);
    wait_for("its end", || done.exists()).await;
}

#[tokio::test]
async fn r18_invalid_utf8_comes_as_it_is() {
    let bench = Bench::new(&["/usr/bin/printf"]);
    let ran = bench.run(&["/usr/bin/printf", r"\377\376a\0\200\n"]).await;
    assert_eq!(ran.out, b"\xff\xfea\0\x80\n");
}

#[tokio::test]
async fn a_full_reader_does_not_delay_a_timeout() {
    let (bench, marker) = (Bench::new(&["/bin/sh"]), marker());
    let script = format!("head -c 50000000 /dev/zero; sleep {marker}");
    let started = bench.begin(&["/bin/sh", "-c", &script], Duration::from_millis(300)).await;
    wait_for("the end", || alive(&marker).is_empty()).await;
    assert_eq!(follow(started).await.finish, Finish::TimedOut);
}
