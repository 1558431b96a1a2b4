//! Limits that bite (r17).

use super::*;

#[tokio::test]
async fn r17_docker_a_memory_hog_ends_as_oom_killed() {
    let bench = Bench::new();
    let mut order = bench.order("tail /dev/zero");
    order.limits.memory_mb = Some(32);
    let ran = bench.run(&order).await;
    assert_eq!(ran.finish(), &Finish::Failed("oom_killed".to_owned()), "{ran:?}");
    // The same as the container's only program.
    order.spec.command = Some(vec!["tail".into(), "/dev/zero".into()]);
    let ran = bench.run(&order).await;
    assert_eq!(ran.finish(), &Finish::Failed("oom_killed".to_owned()), "{ran:?}");
}

#[tokio::test]
async fn r17_docker_a_fork_bomb_stays_within_its_number_of_processes() {
    let bench = Bench::new();
    let mut order = bench.order("i=0; while [ $i -lt 200 ]; do sleep 600 & i=$((i+1)); echo $i; done");
    order.limits.pids = Some(20);
    let ran = bench.run(&order).await;
    assert!(ran.err().contains("can't fork"), "{ran:?}");
    assert_ne!(ran.finish(), &Finish::Exited(0));
    let most: u32 = ran.out().lines().last().unwrap().parse().unwrap();
    assert!((5..20).contains(&most), "{most} processes");
}

#[tokio::test]
async fn r17_docker_nothing_but_memory_can_be_filled() {
    let bench = Bench::new();
    let script = "for d in / /etc /var /run /home; do (: > $d/x) 2>/dev/null && echo wrote $d; done; \
                  dd if=/dev/zero of=/tmp/x bs=1M count=64; stat -c %s /tmp/x";
    let mut order = bench.order(script);
    order.config.docker = Some(DockerConfig { tmpfs_mb: Some(8), ..DockerConfig::default() });
    let ran = bench.run(&order).await;
    assert!(ran.err().contains("No space left on device"), "{ran:?}");
    let bytes: u32 = ran.out().trim().parse().unwrap();
    assert!(bytes <= 8 * 1024 * 1024, "{bytes} bytes");
}

#[tokio::test]
async fn r17_docker_an_images_volumes_are_in_memory_and_bounded() {
    let bench = Bench::new();
    let mut order = bench.order("dd if=/dev/zero of=/data/x bs=1M count=64; mount | grep /data");
    order.spec.image = Some("uhub-test-volume:latest".into());
    order.config.docker = Some(DockerConfig { tmpfs_mb: Some(4), ..DockerConfig::default() });
    let started = bench.start(&order).await.unwrap();
    let volumes = bench.inspect(&started.handle).await.mounts.unwrap();
    assert!(volumes.iter().all(|mount| mount.driver.is_none()), "{volumes:?}");
    let ran = bench.finish(started).await;
    assert!(
        ran.err().contains("No space left on device") && ran.out().contains("tmpfs on /data "),
        "{ran:?}"
    );
}

#[tokio::test]
async fn r17_docker_processors_are_limited_and_all_limits_have_defaults() {
    let bench = Bench::new();
    let mut order =
        bench.order("cat /sys/fs/cgroup/cpu.max || cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us");
    order.limits.cpus = Some(0.25);
    let ran = bench.run(&order).await;
    let numbers: Vec<f64> = ran.out().split_whitespace().map(|number| number.parse().unwrap()).collect();
    assert!((numbers[0] / numbers[1] - 0.25).abs() < 0.001, "{ran:?}");

    let started = bench.start(&bench.order("true")).await.unwrap();
    let host = bench.inspect(&started.handle).await.host_config.unwrap();
    let mib = 512 * 1024 * 1024;
    assert_eq!((host.memory, host.memory_swap), (Some(mib), Some(mib)));
    assert_eq!((host.nano_cpus, host.pids_limit), (Some(1_000_000_000), Some(256)));
    bench.finish(started).await;
}
