internal import CLinux
internal import LinuxSystem

extension Cgroup {
  /// Pids of the group's processes as the caller's pid namespace sees them (0 for those it does not see), without those of
  /// groups below.
  public func processes() throws(CgroupError) -> [Int32] {
    guard let directory = primaryDirectory else { return [] }
    return try Self.processes(in: directory)
  }

  /// As `processes()`, with those of all groups below.
  public func allProcesses() -> [Int32] {
    guard let directory = primaryDirectory else { return [] }
    return Self.tree(directory).flatMap { (try? Self.processes(in: $0)) ?? [] }
  }

  /// The hierarchy that counts processes: v2 where it is, else the freezer's, else any.
  private var primaryDirectory: String? {
    unifiedDirectory ?? directory(of: "freezer") ?? directories.first
  }

  private static func processes(in directory: String) throws(CgroupError) -> [Int32] {
    try CgroupFile.read(directory + "/cgroup.procs").split(separator: "\n").compactMap { Int32($0) }
  }

  /// A directory and all below it, the deepest first.
  static func tree(_ directory: String) -> [String] {
    CgroupFile.subdirectories(directory).flatMap { tree(directory + "/" + $0) } + [directory]
  }

  // MARK: Freezing

  /// Stops every process of the group and of groups below; returns when all stand still, at most after `timeout`.
  public func freeze(timeout: Duration = .seconds(5)) throws(CgroupError) { try setFrozen(true, timeout) }

  public func thaw(timeout: Duration = .seconds(5)) throws(CgroupError) { try setFrozen(false, timeout) }

  public func isFrozen() throws(CgroupError) -> Bool {
    if let unified = unifiedDirectory {
      return CgroupFile.value("frozen", in: try CgroupFile.read(unified + "/cgroup.events")) == 1
    }
    guard let freezer = directory(of: "freezer") else { return false }
    return try CgroupFile.read(freezer + "/freezer.state").hasPrefix("FROZEN")
  }

  private func setFrozen(_ frozen: Bool, _ timeout: Duration) throws(CgroupError) {
    let deadline = ContinuousClock.now + timeout
    if let unified = unifiedDirectory {
      try CgroupFile.write(unified + "/cgroup.freeze", frozen ? "1" : "0")
      let settled = try waitForEvents(unified, until: deadline) {
        CgroupFile.value("frozen", in: $0) == (frozen ? 1 : 0)
      }
      guard settled else {
        if frozen { try? CgroupFile.write(unified + "/cgroup.freeze", "0") }
        throw CgroupError("\(path): not every process could be \(frozen ? "frozen" : "thawed") within \(timeout)")
      }
      return
    }
    guard let freezer = directory(of: "freezer") else {
      throw CgroupError("pausing needs the freezer: mount cgroup2, or the v1 freezer controller")
    }
    let state = freezer + "/freezer.state"
    try CgroupFile.write(state, frozen ? "FROZEN" : "THAWED")
    guard frozen else { return }
    // v1 tells nobody when FREEZING has become FROZEN; a read itself completes the transition (freezer-subsystem.rst),
    // and only a task in an uninterruptible sleep holds it up.
    while try !CgroupFile.read(state).hasPrefix("FROZEN") {
      guard ContinuousClock.now < deadline else {
        try? CgroupFile.write(state, "THAWED")
        throw CgroupError("\(path): not every process could be frozen within \(timeout)")
      }
      pause(milliseconds: 1)
    }
  }

  /// Waits until the text of `cgroup.events` satisfies `condition`: the kernel raises POLLPRI on each change.
  private func waitForEvents(
    _ directory: String, until deadline: ContinuousClock.Instant, _ condition: (String) -> Bool
  ) throws(CgroupError) -> Bool {
    let file = directory + "/cgroup.events"
    let descriptor: OwnedDescriptor
    do throws(SystemError) {
      descriptor = try OwnedDescriptor.open(file)
    } catch {
      throw CgroupError("opening", file, error.errno.rawValue)
    }
    while true {
      guard let text = try? descriptor.readFromStart() else { return condition("") }
      if condition(text) { return true }
      let left = deadline - ContinuousClock.now
      guard left > .zero else { return false }
      _ = cl_poll_one(descriptor.rawValue, Self.pollPriority, Self.milliseconds(left))
    }
  }

  // MARK: Killing

  /// Sends SIGKILL to every process of the group and of groups below, leaving none the time to fork away, and waits until
  /// they have ended (bounded). Paused groups too. Ended processes remain for their parents to reap.
  /// - Returns: whether the group is empty.
  @discardableResult
  public func killAll(timeout: Duration = .seconds(10)) throws(CgroupError) -> Bool {
    signalAll()
    return waitUntilEmpty(timeout: timeout)
  }

  /// The killing part of `killAll`, without the wait.
  public func signalAll() {
    if let unified = unifiedDirectory {
      if (try? CgroupFile.write(unified + "/cgroup.kill", "1")) != nil {
        // v1's freezer would keep the killed from ending.
        if !layout.isV2, let freezer = directory(of: "freezer") {
          try? CgroupFile.write(freezer + "/freezer.state", "THAWED")
        }
        return
      }
    }
    let sigkill: Int32 = 9
    try? freeze(timeout: .milliseconds(100))
    for pid in allProcesses() where pid > 0 { _ = cl_kill(pid, sigkill) }
    try? thaw(timeout: .zero)
  }

  /// Waits until no process of the group is alive; false after `timeout`.
  public func waitUntilEmpty(timeout: Duration) -> Bool {
    let deadline = ContinuousClock.now + timeout
    if let unified = unifiedDirectory {
      let empty = try? waitForEvents(unified, until: deadline) { (CgroupFile.value("populated", in: $0) ?? 0) == 0 }
      guard empty ?? true else { return false }
    }
    // v1 has no such event: each process's own end, one after another, until there is none.
    while true {
      let alive = directories.flatMap { directory in
        Self.tree(directory).flatMap { (try? Self.processes(in: $0)) ?? [] }
      }
      .filter { $0 > 0 }
      guard let pid = alive.first else { return true }
      let left = deadline - ContinuousClock.now
      guard left > .zero else { return false }
      let process = cl_pidfd_open(pid, 0)
      guard process >= 0 else {
        // Ended between the two calls, or a thread group whose leader has ended before its threads.
        pause(milliseconds: 1)
        continue
      }
      _ = cl_poll_one(process, Self.pollIn, Self.milliseconds(left))
      _ = cl_close(process)
    }
  }

  // MARK: Removing

  /// Removes the group and all groups below from every hierarchy, waiting for processes that are still ending at most
  /// `timeout`. One that is not there is fine. Parents stay.
  ///
  /// Every hierarchy is tried; the error names the first that is left.
  public func delete(timeout: Duration = .seconds(2)) throws(CgroupError) {
    let deadline = ContinuousClock.now + timeout
    var failure = removeDirectories()
    while let error = failure, error.errno == Errno.busy.rawValue {
      let left = deadline - ContinuousClock.now
      guard left > .zero, waitUntilEmpty(timeout: left) else { break }
      failure = removeDirectories()
      // A process that ends leaves its groups a moment before they may be removed.
      if failure != nil { pause(milliseconds: 1) }
    }
    if let failure { throw failure }
  }

  private func removeDirectories() -> CgroupError? {
    var failure: CgroupError?
    for directory in directories {
      var result = Self.remove(directory)
      if result == -Errno.busy.rawValue, !CgroupFile.subdirectories(directory).isEmpty {
        for level in Self.tree(directory) { result = Self.remove(level) }
      }
      if result < 0, result != -Errno.noEntry.rawValue, failure == nil {
        failure = CgroupError("removing the cgroup", directory, -result)
      }
    }
    return failure
  }

  private static func remove(_ directory: String) -> Int32 {
    let removeDirectory: Int32 = 0x200
    return cl_unlinkat(Int32(CL_AT_FDCWD), directory, removeDirectory)
  }

  // MARK: Waiting

  static let pollIn: Int16 = 1
  static let pollPriority: Int16 = 2

  private static func milliseconds(_ duration: Duration) -> Int32 {
    let (seconds, attoseconds) = duration.components
    return Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
  }

  private func pause(milliseconds: Int32) { _ = cl_poll_one(-1, 0, milliseconds) }
}

extension OwnedDescriptor {
  /// The whole of a kernel file through a descriptor that has been read before.
  borrowing func readFromStart() throws(SystemError) -> String {
    var failure = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
      let got = cl_pread(rawValue, buffer.baseAddress, 4096, 0)
      if got < 0 { failure = got } else { count = got }
    }
    try check(failure, "read")
    return String(decoding: bytes, as: UTF8.self)
  }
}
