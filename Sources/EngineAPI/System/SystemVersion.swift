/// The answer to `GET /version`.
public struct SystemVersion: Codable, Sendable, Hashable {
  public var platform: VersionPlatform
  public var components: [VersionComponent]
  public var version: String
  public var apiVersion: String
  public var minAPIVersion: String
  public var gitCommit: String
  public var goVersion: String
  public var os: String
  public var arch: String
  public var kernelVersion: String
  public var experimental: Bool?
  public var buildTime: String?

  public init(
    platform: VersionPlatform = VersionPlatform(), components: [VersionComponent] = [], version: String = "",
    apiVersion: String = "", minAPIVersion: String = "", gitCommit: String = "", goVersion: String = "",
    os: String = "", arch: String = "", kernelVersion: String = "", experimental: Bool? = nil,
    buildTime: String? = nil
  ) {
    self.platform = platform
    self.components = components
    self.version = version
    self.apiVersion = apiVersion
    self.minAPIVersion = minAPIVersion
    self.gitCommit = gitCommit
    self.goVersion = goVersion
    self.os = os
    self.arch = arch
    self.kernelVersion = kernelVersion
    self.experimental = experimental
    self.buildTime = buildTime
  }

  enum CodingKeys: String, CodingKey {
    case platform = "Platform"
    case components = "Components"
    case version = "Version"
    case apiVersion = "ApiVersion"
    case minAPIVersion = "MinAPIVersion"
    case gitCommit = "GitCommit"
    case goVersion = "GoVersion"
    case os = "Os"
    case arch = "Arch"
    case kernelVersion = "KernelVersion"
    case experimental = "Experimental"
    case buildTime = "BuildTime"
  }
}

/// The product's name.
public struct VersionPlatform: Codable, Sendable, Hashable, ZeroValue {
  public var name: String

  public init(name: String = "") {
    self.name = name
  }

  public init() { self.init(name: "") }

  enum CodingKeys: String, CodingKey {
    case name = "Name"
  }
}

/// One program of the engine and its version.
public struct VersionComponent: Codable, Sendable, Hashable {
  public var name: String
  public var version: String
  public var details: [String: String]?

  public init(name: String = "", version: String = "", details: [String: String]? = nil) {
    self.name = name
    self.version = version
    self.details = details
  }

  enum CodingKeys: String, CodingKey {
    case name = "Name"
    case version = "Version"
    case details = "Details"
  }
}
