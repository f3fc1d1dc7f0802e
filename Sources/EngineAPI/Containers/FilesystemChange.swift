/// A path that differs from the image: `GET /containers/{id}/changes`.
public struct FilesystemChange: Codable, Sendable, Hashable {
  public var path: String
  /// 0 modified, 1 added, 2 deleted.
  public var kind: Int

  public init(path: String = "", kind: Int = 0) {
    self.path = path
    self.kind = kind
  }

  enum CodingKeys: String, CodingKey {
    case path = "Path"
    case kind = "Kind"
  }
}
