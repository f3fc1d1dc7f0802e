public import Drivers
import JSON
import LinuxSystem
public import Logging
import Synchronization

/// Loads the drivers in Lua: those that were shipped, and the site's, which add to them and stand before them. The
/// site's folder is live: a driver that changes is compiled, tested and swapped in; one that does not load leaves the
/// running version in force.
public final class DriverLoader: Sendable {
  /// One line of `plugin ls`.
  public struct Status: Sendable, Hashable {
    public var kind: DriverKind
    public var name: String
    public var source: DriverRegistry.Source
    /// Nil where no version has loaded.
    public var version: String?
    public var origin: String
    /// Why the files do not load.
    public var reason: String?
  }

  private let shipped: String?
  private let site: String?
  private let registry: DriverRegistry
  private let services: any HookServices
  private let logger: Logger
  private let lane = AsyncLane()
  private let watch: Mutex<DirectoryWatch?> = Mutex(nil)
  private let lines: Mutex<[DriverRegistry.Source: [Status]]> = Mutex([:])
  private let running: Mutex<[String: LoadedDriver]> = Mutex([:])

  /// - Parameters:
  ///   - shipped: the folder `plugins/` beside the program; trusted as the program is.
  ///   - site: `--plugins DIR`; may be absent.
  public init(
    shipped: String?, site: String?, registry: DriverRegistry, services: any HookServices, logger: Logger
  ) {
    self.shipped = shipped
    self.site = site
    self.registry = registry
    self.services = services
    self.logger = logger
  }

  /// Loads everything and watches the site's folder from now on.
  public func start() async {
    if let shipped { await load(shipped, .shipped) }
    guard let site else { return }
    // Before the first load, so that no change between the two is missed.
    let watch = DirectoryWatch(site, quiet: .milliseconds(300)) { [weak self] in await self?.load(site, .site) }
    self.watch.withLock { $0 = watch }
    watch.start()
    await load(site, .site)
  }

  public func stop() {
    watch.withLock { watch in
      watch?.stop()
      watch = nil
    }
  }

  public var status: [Status] { lines.withLock { lines in lines.values.flatMap { $0 } } }

  private func load(_ root: String, _ source: DriverRegistry.Source) async {
    await lane.run { [self] in
      var drivers: [LoadedDriver] = []
      var status: [Status] = []
      for kind in DriverKind.allCases {
        for name in folders("\(root)/\(kind.rawValue)") {
          let key = "\(source)/\(kind.rawValue)/\(name)"
          let folder = "\(root)/\(kind.rawValue)/\(name)"
          let before = running.withLock { $0[key] }
          var line = Status(kind: kind, name: name, source: source, version: before?.version, origin: folder)
          do throws(ScriptError) {
            let driver = try await self.driver(folder, kind, source, before)
            running.withLock { $0[key] = driver }
            line.version = driver.version
            drivers.append(driver)
          } catch {
            logger.error(
              "a driver does not load", metadata: ["driver": "\(kind.rawValue)/\(name)", "reason": "\(error)"])
            line.reason = error.message
            if let before { drivers.append(before) }
          }
          status.append(line)
        }
      }
      registry.replace(source, with: drivers)
      lines.withLock { $0[source] = status }
    }
  }

  private func driver(
    _ folder: String, _ kind: DriverKind, _ source: DriverRegistry.Source, _ before: LoadedDriver?
  ) async throws(ScriptError) -> LoadedDriver {
    let files = try ScriptFiles.read(folder, ownedOnly: source == .site)
    if let before, before.digest == files.digest { return before }
    let driver = try await LuaDriver.load(files, kind: kind, services: services)
    if source == .site {
      let report = await ScriptTests.run(files)
      guard report.isPassed else { throw ScriptError("\(driver.label): its tests fail: \(report.failureText)") }
    }
    return LoadedDriver(
      name: driver.name, version: driver.version, origin: folder, digest: files.digest, driver: driver.driver)
  }

  private func folders(_ directory: String) -> [String] {
    let names = (try? Directory.names(directory)) ?? []
    return names.filter { name in
      !name.hasPrefix(".") && (try? FileStatus.of("\(directory)/\(name)").isDirectory) == true
    }.sorted()
  }
}
