/// The body of every error of a registry (OCI distribution-spec, "Error Codes").
public struct DistributionErrors: Sendable, Hashable, Codable {
  public struct Entry: Sendable, Hashable, Codable {
    /// `MANIFEST_UNKNOWN`, `DENIED`, `TOOMANYREQUESTS`, …
    public var code: String
    public var message: String?

    enum CodingKeys: String, CodingKey { case code, message }

    public init(code: String, message: String? = nil) {
      self.code = code
      self.message = message
    }
  }

  public var errors: [Entry]

  enum CodingKeys: String, CodingKey { case errors }

  public init(errors: [Entry]) { self.errors = errors }
}

/// The body of `GET /v2/<name>/tags/list` (OCI distribution-spec, "Listing Tags").
public struct DistributionTagList: Sendable, Hashable, Codable {
  public var name: String
  /// Null when a repository has no tag.
  public var tags: [String]?

  enum CodingKeys: String, CodingKey { case name, tags }

  public init(name: String, tags: [String]?) {
    self.name = name
    self.tags = tags
  }
}
