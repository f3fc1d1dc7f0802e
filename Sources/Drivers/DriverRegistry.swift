import Synchronization

/// The drivers there are, by kind and name. What is loaded from the site's `--plugins DIR` stands before what was
/// shipped. A look-up pins the version: who has the driver keeps it while a reload swaps in another.
public final class DriverRegistry: Sendable {
  public enum Source: Int, Sendable, Hashable, CaseIterable {
    case shipped, site
  }

  private struct Key: Hashable {
    let kind: DriverKind
    let name: String
  }

  private let tables = Mutex<[Source: [Key: LoadedDriver]]>([:])

  public init() {}

  /// Replaces everything from one source at once.
  public func replace(_ source: Source, with drivers: [LoadedDriver]) {
    let table = Dictionary(
      drivers.map { (Key(kind: $0.driver.kind, name: $0.name), $0) }, uniquingKeysWith: { first, _ in first })
    tables.withLock { $0[source] = table }
  }

  /// Swaps in one driver: a reload.
  public func put(_ driver: LoadedDriver, in source: Source) {
    tables.withLock { $0[source, default: [:]][Key(kind: driver.driver.kind, name: driver.name)] = driver }
  }

  public func remove(_ kind: DriverKind, _ name: String, from source: Source) {
    tables.withLock { _ = $0[source]?.removeValue(forKey: Key(kind: kind, name: name)) }
  }

  public func find(_ kind: DriverKind, _ name: String) -> LoadedDriver? {
    let key = Key(kind: kind, name: name)
    return tables.withLock { $0[.site]?[key] ?? $0[.shipped]?[key] }
  }

  /// The names of a kind, sorted.
  public func names(_ kind: DriverKind) -> [String] {
    tables.withLock { tables in Set(tables.values.flatMap(\.keys).filter { $0.kind == kind }.map(\.name)) }.sorted()
  }

  public func all() -> [LoadedDriver] {
    let found = tables.withLock { tables in
      Source.allCases.reduce(into: [Key: LoadedDriver]()) { $0.merge(tables[$1] ?? [:]) { $1 } }
    }
    return found.sorted { ($0.key.kind.rawValue, $0.key.name) < ($1.key.kind.rawValue, $1.key.name) }.map(\.value)
  }

  public func network(_ name: String) throws(DriverError) -> any NetworkDriver {
    if case .network(let driver) = find(.network, name)?.driver { return driver }
    throw unknown(.network, name)
  }

  public func ipam(_ name: String) throws(DriverError) -> any IPAMDriver {
    if case .ipam(let driver) = find(.ipam, name)?.driver { return driver }
    throw unknown(.ipam, name)
  }

  public func volume(_ name: String) throws(DriverError) -> any VolumeDriver {
    if case .volume(let driver) = find(.volume, name)?.driver { return driver }
    throw unknown(.volume, name)
  }

  public func storage(_ name: String) throws(DriverError) -> any StorageDriver {
    if case .storage(let driver) = find(.storage, name)?.driver { return driver }
    throw unknown(.storage, name)
  }

  public func log(_ name: String) throws(DriverError) -> any LogDriver {
    if case .log(let driver) = find(.log, name)?.driver { return driver }
    throw unknown(.log, name)
  }

  private func unknown(_ kind: DriverKind, _ name: String) -> DriverError {
    let known = names(kind)
    let list = known.isEmpty ? "none is loaded" : "there are \(known.joined(separator: ", "))"
    return DriverError(.notFound, driver: "\(kind.rawValue)/\(name)", "could not find it; \(list)")
  }
}
