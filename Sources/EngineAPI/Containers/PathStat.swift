/// What is at a path of a container: JSON in base64 in the header `X-Docker-Container-Path-Stat` of the archive
/// endpoints.
public struct PathStat: Codable, Sendable, Hashable {
  public var name: String
  public var size: Int64
  /// Go's `os.FileMode` bits, not `st_mode`: see ``GoFileMode``.
  public var mode: UInt32
  public var mtime: String
  public var linkTarget: String

  public init(name: String = "", size: Int64 = 0, mode: UInt32 = 0, mtime: String = "", linkTarget: String = "") {
    self.name = name
    self.size = size
    self.mode = mode
    self.mtime = mtime
    self.linkTarget = linkTarget
  }

  enum CodingKeys: String, CodingKey {
    case name
    case size
    case mode
    case mtime
    case linkTarget
  }
}
