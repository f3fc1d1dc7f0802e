import Cgroups
import OCI
import Testing

@Suite struct ResourceWritesTests {
  private let all = RuntimeResources(
    memory: RuntimeMemory(limit: 67_108_864, reservation: 33_554_432, swap: 134_217_728),
    cpu: RuntimeCPU(shares: 512, quota: 150_000, period: 100_000, cpus: "0-1", mems: "0"),
    pids: RuntimePids(limit: 100),
    blockIO: RuntimeBlockIO(
      weight: 500, throttleReadBpsDevice: [RuntimeThrottleDevice(major: 8, minor: 0, rate: 1_048_576)]),
    hugepageLimits: [RuntimeHugepageLimit(pageSize: "2MB", limit: 4_194_304)],
    unified: ["memory.high": "1000000"])

  private func lines(_ writes: [CgroupWrite]) -> [String] { writes.map { "\($0.files[0])=\($0.value)" } }

  @Test func v1WritesWhatIsSet() {
    #expect(
      lines(ResourceWrites.v1(all)) == [
        "memory.limit_in_bytes=67108864", "memory.memsw.limit_in_bytes=134217728",
        "memory.soft_limit_in_bytes=33554432", "cpu.shares=512", "cpu.cfs_period_us=100000",
        "cpu.cfs_quota_us=150000", "cpuset.cpus=0-1", "cpuset.mems=0", "pids.max=100", "blkio.weight=500",
        "blkio.throttle.read_bps_device=8:0 1048576", "hugetlb.2MB.limit_in_bytes=4194304",
      ])
  }

  @Test func v2CountsSwapAloneAndConvertsWeights() {
    #expect(
      lines(ResourceWrites.v2(all)) == [
        "memory.swap.max=67108864", "memory.max=67108864", "memory.low=33554432", "cpu.weight=59",
        "cpu.max=150000 100000", "cpuset.cpus=0-1", "cpuset.mems=0", "pids.max=100", "io.bfq.weight=default 500",
        "io.weight=default 4950", "io.max=8:0 rbps=1048576", "hugetlb.2MB.max=4194304", "memory.high=1000000",
      ])
  }

  @Test func unlimitedIsWrittenInEachVersionsWords() {
    let resources = RuntimeResources(memory: RuntimeMemory(limit: -1), pids: RuntimePids(limit: -1))
    #expect(
      lines(ResourceWrites.v1(resources)) == [
        "memory.limit_in_bytes=-1", "memory.memsw.limit_in_bytes=-1", "pids.max=max",
      ])
    #expect(lines(ResourceWrites.v2(resources)) == ["memory.swap.max=max", "memory.max=max", "pids.max=max"])
  }

  @Test func nothingSetWritesNothing() {
    let empty = RuntimeResources(memory: RuntimeMemory(), cpu: RuntimeCPU(), blockIO: RuntimeBlockIO())
    #expect(ResourceWrites.v1(empty).isEmpty)
    #expect(ResourceWrites.v2(empty).isEmpty)
  }

  @Test func aQuotaAloneGetsTheDefaultPeriod() {
    let resources = RuntimeResources(cpu: RuntimeCPU(quota: 50_000))
    #expect(lines(ResourceWrites.v2(resources)) == ["cpu.max=50000 100000"])
    #expect(lines(ResourceWrites.v2(RuntimeResources(cpu: RuntimeCPU(period: 20_000)))) == ["cpu.max=max 20000"])
  }

  /// The points that define the curve, their outside, and some between.
  @Test(arguments: [(2, 1), (1024, 100), (262_144, 10_000), (1, 1), (300_000, 10_000), (3, 2), (512, 59), (2048, 174)])
  func sharesBecomeWeights(shares: UInt64, weight: UInt64) {
    #expect(ResourceWrites.weight(shares: shares) == weight)
  }

  @Test(arguments: [(10, 1), (1000, 10_000), (500, 4950)])
  func blockWeightsBecomeIOWeights(block: UInt16, io: UInt64) {
    #expect(ResourceWrites.ioWeight(blockWeight: block) == io)
  }
}

@Suite struct CgroupLayoutTests {
  private let v1 = """
    31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
    32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
    35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
    40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
    """

  @Test func coMountedControllersAreOneHierarchy() {
    let layout = CgroupLayout(mountinfo: v1)
    #expect(
      layout.hierarchies == [
        .init(mountPoint: "/sys/fs/cgroup/cpu,cpuacct", controllers: ["cpu", "cpuacct"]),
        .init(mountPoint: "/sys/fs/cgroup/memory", controllers: ["memory"]),
      ])
    #expect(layout.unified == nil && !layout.isV2)
    #expect(layout.mountPoint(of: "cpuacct") == "/sys/fs/cgroup/cpu,cpuacct")
  }

  @Test func aV2MountBesideV1ControllersIsHybrid() {
    let layout = CgroupLayout(
      mountinfo: v1 + "\n41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw")
    #expect(layout.unified == "/sys/fs/cgroup/unified" && !layout.isV2)
    let group = Cgroup("a/../b//c", in: layout)
    #expect(group.path == "/a/b/c")
    #expect(group.directory(of: "memory") == "/sys/fs/cgroup/memory/a/b/c")
    #expect(group.directory(of: "pids") == nil)
  }

  @Test func v2AloneHasEveryControllerInOneDirectory() {
    let layout = CgroupLayout(
      mountinfo: #"30 24 0:27 / /sys/fs/cgroup\040two rw,nosuid - cgroup2 cgroup2 rw,nsdelegate"#)
    #expect(layout.isV2 && layout.unified == "/sys/fs/cgroup two")
    #expect(Cgroup("/x", in: layout).directory(of: "memory") == "/sys/fs/cgroup two/x")
  }
}
