/// The name of an image, as a user writes it and as a registry is asked for it.
///
/// ```
/// let reference = try ImageReference("nginx")        // docker.io/library/nginx:latest
/// reference.domain        // "docker.io"
/// reference.path          // "library/nginx"
/// reference.familiar      // "nginx:latest"
/// ```
///
/// Follows Docker's normalisation (`distribution/reference`, normalize.go): a first component without a dot, a port or
/// an upper-case letter that is not `localhost` belongs to the path, the domain is then `docker.io`; a single-component
/// path on `docker.io` gets `library/` before it; `latest` is the tag when neither tag nor digest is given.
public struct ImageReference: Sendable, Hashable {
  public static let defaultDomain = "docker.io"
  public static let defaultTag = "latest"
  static let legacyDefaultDomain = "index.docker.io"
  static let officialRepositoryPrefix = "library/"
  static let longestName = 255

  /// The registry's host and optional port: `docker.io`, `localhost:5000`.
  public let domain: String
  /// The repository within the registry: `library/nginx`.
  public let path: String
  /// The tag as given, or `latest` when neither tag nor digest was given.
  public let tag: String?
  public let digest: Digest?

  /// Reads a reference and fills in what Docker leaves out.
  public init(_ text: String) throws(ReferenceError) {
    self = try Self.parse(text).withDefaultTag
  }

  /// Reads a reference without adding `latest`: `docker pull -a`, `push` of all tags and filters need the difference.
  public static func parse(_ text: String) throws(ReferenceError) -> ImageReference {
    guard !text.isEmpty else { throw .invalidFormat }
    if text.utf8.count == 64, text.utf8.allSatisfy(ReferenceGrammar.isHexadecimal) {
      throw .identifier(text)
    }
    let (domain, remainder) = splitDomain(text)
    var name = remainder
    var digest: Digest?
    if let at = name.firstIndex(of: "@") {
      let value = name[name.index(after: at)...]
      do {
        digest = try Digest(value)
      } catch {
        throw .digest(error.message)
      }
      name = name[..<at]
    }
    var tag: String?
    if let colon = name.firstIndex(of: ":") {
      let value = name[name.index(after: colon)...]
      guard ReferenceGrammar.isTag(value.utf8) else { throw .invalidFormat }
      tag = String(value)
      name = name[..<colon]
    }
    guard !name.utf8.contains(where: ReferenceGrammar.isUpper) else { throw .upperCase(String(name)) }
    guard ReferenceGrammar.isDomain(domain[...]), ReferenceGrammar.isPath(name) else { throw .invalidFormat }
    guard domain.utf8.count + 1 + name.utf8.count <= longestName else { throw .tooLong }
    return ImageReference(domain: domain, path: String(name), tag: tag, digest: digest)
  }

  private init(domain: String, path: String, tag: String?, digest: Digest?) {
    self.domain = domain
    self.path = path
    self.tag = tag
    self.digest = digest
  }

  private static func splitDomain(_ text: String) -> (domain: String, remainder: Substring) {
    var domain = defaultDomain
    var remainder = text[...]
    if let slash = text.firstIndex(of: "/") {
      let first = text[..<slash]
      let isHost =
        first.contains(".") || first.contains(":") || first == "localhost"
        || first.utf8.contains(where: ReferenceGrammar.isUpper)
      if isHost {
        domain = first == legacyDefaultDomain ? defaultDomain : String(first)
        remainder = text[text.index(after: slash)...]
      }
    }
    let name = remainder.prefix { $0 != ":" && $0 != "@" }
    if domain == defaultDomain, !name.contains("/") {
      remainder = (officialRepositoryPrefix + remainder)[...]
    }
    return (domain, remainder)
  }

  /// `docker.io/library/nginx`
  public var name: String { "\(domain)/\(path)" }

  /// The name as a user would write it: `nginx`, `user/app`, `localhost:5000/app`.
  public var familiarName: String {
    guard domain == Self.defaultDomain else { return name }
    if path.hasPrefix(Self.officialRepositoryPrefix) {
      let short = path.dropFirst(Self.officialRepositoryPrefix.count)
      if !short.contains("/") { return String(short) }
    }
    return path
  }

  /// As Docker shows it, in `RepoTags` (`nginx:latest`) or `RepoDigests` (`nginx@sha256:…`).
  public var familiar: String { familiarName + suffix }

  /// What a registry is asked for: the digest where there is one, else the tag.
  public var tagOrDigest: String { digest?.description ?? tag ?? Self.defaultTag }

  private var suffix: String {
    (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
  }

  /// Itself, with `latest` when it has neither tag nor digest.
  public var withDefaultTag: ImageReference {
    guard tag == nil, digest == nil else { return self }
    return ImageReference(domain: domain, path: path, tag: Self.defaultTag, digest: nil)
  }

  /// `name:tag` without the digest.
  public func with(tag: String) throws(ReferenceError) -> ImageReference {
    guard ReferenceGrammar.isTag(tag[...].utf8) else { throw .invalidTag }
    return ImageReference(domain: domain, path: path, tag: tag, digest: nil)
  }

  /// `name@digest` without the tag, as in `RepoDigests`.
  public func with(digest: Digest) -> ImageReference {
    ImageReference(domain: domain, path: path, tag: nil, digest: digest)
  }

  /// Neither tag nor digest.
  public var repository: ImageReference { ImageReference(domain: domain, path: path, tag: nil, digest: nil) }
}

extension ImageReference: CustomStringConvertible {
  /// The full form: `docker.io/library/nginx:latest`.
  public var description: String { name + suffix }
}

extension ImageReference: Comparable {
  public static func < (left: ImageReference, right: ImageReference) -> Bool { left.description < right.description }
}

extension ImageReference: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    do {
      self = try ImageReference.parse(text)
    } catch {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(error): \(text)")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// Why a text is no image reference, in Docker's words.
public enum ReferenceError: Error, Sendable, Hashable, CustomStringConvertible {
  case invalidFormat
  case invalidTag
  case upperCase(String)
  case identifier(String)
  case digest(String)
  case tooLong

  public var description: String {
    switch self {
    case .invalidFormat: "invalid reference format"
    case .invalidTag: "invalid tag format"
    case .upperCase(let name): "invalid reference format: repository name (\(name)) must be lowercase"
    case .identifier(let text):
      "invalid repository name (\(text)), cannot specify 64-byte hexadecimal strings"
    case .digest(let reason): reason == "unsupported digest algorithm" ? reason : "invalid reference format"
    case .tooLong: "repository name must not be more than 255 characters"
    }
  }
}
