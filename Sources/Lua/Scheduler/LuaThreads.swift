internal import CLua
import Glibc

/// Something that runs on Lua threads in steps.
public protocol LuaJob: AnyObject, Sendable {
  /// Runs until the job ends or has to wait. After `.parked` the job is not touched any more: whoever it waits for
  /// submits it again, possibly before `step` has returned.
  func step() -> LuaJobStep
}

public enum LuaJobStep: Sendable {
  case done
  /// Queue again, behind the others.
  case again
  case parked
}

/// The threads on which scripts run, so that none ever holds up a thread of Swift concurrency. Any thread takes any
/// job. When all are busy for 2 ms and a job waits, another is added; additional ones end when idle for 5 s.
///
/// Unchecked because its state is guarded by a pthread mutex, which a condition variable needs.
public final class LuaThreads: @unchecked Sendable {
  public static let shared = LuaThreads()

  private let base: Int
  private let limit: Int
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let ready = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let pressure = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var queue: [any LuaJob] = []
  private var head = 0
  private var idle = 0
  private var threads = 0
  private var isStarted = false
  /// Jobs taken so far: how the supervisor sees that nothing moved.
  private var taken: UInt64 = 0

  init(base: Int = 2, limit: Int = 64) {
    self.base = base
    self.limit = limit
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(ready, &attributes)
    pthread_cond_init(pressure, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  /// Threads that run scripts now or wait for some.
  public var count: Int {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return threads
  }

  public func submit(_ job: any LuaJob) {
    pthread_mutex_lock(mutex)
    if !isStarted {
      isStarted = true
      for _ in 0..<base { start(Self.work) }
      threads = base
      start(Self.supervise)
    }
    queue.append(job)
    if idle > 0 { pthread_cond_signal(ready) }
    if queue.count - head > idle { pthread_cond_signal(pressure) }
    pthread_mutex_unlock(mutex)
  }

  private typealias Main = @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?

  private func start(_ main: @escaping Main) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 1 << 20)
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self)
    if pthread_create(&thread, &attributes, main, context.toOpaque()) != 0 {
      context.release()
      threads -= 1
    }
    pthread_attr_destroy(&attributes)
  }

  private static let work: Main = { context in
    guard let context else { return nil }
    Unmanaged<LuaThreads>.fromOpaque(context).takeRetainedValue().runJobs()
    return nil
  }

  private static let supervise: Main = { context in
    guard let context else { return nil }
    Unmanaged<LuaThreads>.fromOpaque(context).takeRetainedValue().addThreads()
    return nil
  }

  private func runJobs() {
    mp_name_thread("lua")
    pthread_mutex_lock(mutex)
    while true {
      if head == queue.count {
        idle += 1
        let isSpare = threads > base
        let status = isSpare ? wait(ready, for: 5_000_000_000) : pthread_cond_wait(ready, mutex)
        idle -= 1
        if isSpare, status == ETIMEDOUT, head == queue.count {
          threads -= 1
          break
        }
        continue
      }
      let job = queue[head]
      head += 1
      taken += 1
      if head == queue.count || head > 1024 {
        queue.removeFirst(head)
        head = 0
      }
      pthread_mutex_unlock(mutex)
      if case .again = job.step() { submit(job) }
      pthread_mutex_lock(mutex)
    }
    pthread_mutex_unlock(mutex)
  }

  private func addThreads() {
    mp_name_thread("lua-supervisor")
    pthread_mutex_lock(mutex)
    while true {
      if queue.count - head <= idle || threads >= limit {
        pthread_cond_wait(pressure, mutex)
        continue
      }
      let before = taken
      var status: Int32 = 0
      while status != ETIMEDOUT { status = wait(pressure, for: 2_000_000) }
      if before == taken, queue.count - head > idle, threads < limit {
        threads += 1
        start(Self.work)
      }
    }
  }

  private func wait(_ condition: UnsafeMutablePointer<pthread_cond_t>, for nanoseconds: Int) -> Int32 {
    var until = timespec()
    clock_gettime(CLOCK_MONOTONIC, &until)
    until.tv_nsec += nanoseconds
    until.tv_sec += until.tv_nsec / 1_000_000_000
    until.tv_nsec %= 1_000_000_000
    return pthread_cond_timedwait(condition, mutex, &until)
  }
}
