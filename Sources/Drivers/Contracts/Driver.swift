/// What a driver is for; also the folder under `plugins/`.
public enum DriverKind: String, Codable, Sendable, Hashable, CaseIterable {
  case network, ipam, volume, storage, log
}

/// A driver of one kind.
public enum Driver: Sendable {
  case network(any NetworkDriver)
  case ipam(any IPAMDriver)
  case volume(any VolumeDriver)
  case storage(any StorageDriver)
  case log(any LogDriver)

  public var kind: DriverKind {
    switch self {
    case .network: .network
    case .ipam: .ipam
    case .volume: .volume
    case .storage: .storage
    case .log: .log
    }
  }
}

/// A driver with where it comes from.
public struct LoadedDriver: Sendable {
  public var name: String
  public var version: String
  /// The folder of its `init.lua`, or the socket of an outside plugin.
  public var origin: String
  /// Of the files it was loaded from; changes when they do.
  public var digest: String
  public var driver: Driver

  public init(name: String, version: String, origin: String, digest: String, driver: Driver) {
    self.name = name
    self.version = version
    self.origin = origin
    self.digest = digest
    self.driver = driver
  }
}

/// What a driver says when it cannot: `return nil, err`.
public struct DriverError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable, CaseIterable {
    case notFound = "not_found"
    case conflict, denied, timeout, unreachable, full, invalid
    /// The driver raised, ran over its budget or returned what is no plan.
    case failed
  }

  public var code: Code
  /// "network/bridge".
  public var driver: String
  public var message: String

  public init(_ code: Code, driver: String, _ message: String) {
    self.code = code
    self.driver = driver
    self.message = message
  }

  public var description: String { "driver \(driver): \(message)" }
}
