/// What a program needs to run: operating system, processor and its variant (OCI image-index.md, "platform").
public struct Platform: Sendable, Hashable, Codable {
  /// Go's `GOARCH`: `amd64`, `arm64`, `arm`, …
  public var architecture: String
  /// Go's `GOOS`: `linux`.
  public var os: String
  public var osVersion: String?
  public var osFeatures: [String]?
  /// `v7` of `arm`, `v8` of `arm64`, …
  public var variant: String?

  enum CodingKeys: String, CodingKey {
    case architecture, os, variant
    case osVersion = "os.version"
    case osFeatures = "os.features"
  }

  public init(os: String = "linux", architecture: String, variant: String? = nil) {
    self.os = os
    self.architecture = architecture
    self.variant = variant
    self.osVersion = nil
    self.osFeatures = nil
  }

  /// Reads `linux/amd64`, `linux/arm/v7`, `arm64` or `linux`, in any of the spellings that containerd accepts.
  public init(_ text: String) throws(PlatformError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { $0.lowercasedASCII }
    let allowed = parts.allSatisfy { part in
      !part.isEmpty
        && part.utf8.allSatisfy {
          ReferenceGrammar.isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
            || $0 == UInt8(ascii: ".")
        }
    }
    guard allowed, (1...3).contains(parts.count) else { throw PlatformError(text) }
    if parts.count == 1 {
      if Self.operatingSystems.contains(parts[0]) {
        self = Platform(os: parts[0], architecture: Platform.host.architecture)
        return
      }
      let (architecture, variant) = Self.normalised(parts[0], nil)
      guard Self.architectures.contains(architecture) else { throw PlatformError(text) }
      self = Platform(os: Platform.host.os, architecture: architecture, variant: variant)
      return
    }
    let (architecture, variant) = Self.normalised(parts[1], parts.count == 3 ? parts[2] : nil)
    self = Platform(os: parts[0] == "macos" ? "darwin" : parts[0], architecture: architecture, variant: variant)
  }

  /// The machine this program was compiled for.
  public static var host: Platform {
    #if arch(x86_64)
      Platform(architecture: "amd64")
    #elseif arch(arm64)
      Platform(architecture: "arm64", variant: "v8")
    #elseif arch(arm)
      Platform(architecture: "arm", variant: "v7")
    #elseif arch(powerpc64le)
      Platform(architecture: "ppc64le")
    #elseif arch(s390x)
      Platform(architecture: "s390x")
    #else
      Platform(architecture: "riscv64")
    #endif
  }

  /// The same platform in the spelling that compares: `x86_64` is `amd64`, `arm64` has the variant `v8`.
  public var normalised: Platform {
    var result = self
    (result.architecture, result.variant) = Self.normalised(architecture, variant)
    return result
  }

  /// How well `self` runs a program for `candidate`: 0 is exact, larger is worse, nil does not run.
  ///
  /// An ARM machine also runs older variants, newest first (containerd, platforms/compare.go).
  public func preference(of candidate: Platform) -> Int? {
    let mine = normalised
    let theirs = candidate.normalised
    guard mine.os == theirs.os, mine.architecture == theirs.architecture else { return nil }
    if mine.variant == theirs.variant { return 0 }
    switch mine.architecture {
    case "arm", "arm64":
      guard let own = Self.variantNumber(mine.variant), let other = Self.variantNumber(theirs.variant), other < own
      else { return nil }
      return own - other
    case "amd64":
      // A variant v2…v4 wants newer instructions; without one it is the baseline, which every machine runs.
      guard theirs.variant == nil || theirs.variant == "v1" else { return nil }
      return 1
    default:
      return mine.variant == nil || theirs.variant == nil ? 1 : nil
    }
  }

  private static let operatingSystems: Set<String> = ["linux", "windows", "darwin", "macos", "freebsd"]
  private static let architectures: Set<String> = [
    "386", "amd64", "arm", "arm64", "loong64", "mips64", "mips64le", "ppc64", "ppc64le", "riscv64", "s390x",
  ]

  private static func variantNumber(_ variant: String?) -> Int? {
    guard let variant, variant.hasPrefix("v") else { return nil }
    return Int(variant.dropFirst())
  }

  private static func normalised(_ architecture: String, _ variant: String?) -> (String, String?) {
    let given = variant == "" ? nil : variant
    switch architecture {
    case "i386", "i486", "i586", "i686", "x86": return ("386", given)
    case "x86_64", "x86-64", "amd64": return ("amd64", given == "v1" ? nil : given)
    case "aarch64", "arm64": return ("arm64", given == nil || given == "8" ? "v8" : given)
    case "armhf": return ("arm", "v7")
    case "armel": return ("arm", "v6")
    case "arm":
      switch given {
      case nil, "7": return ("arm", "v7")
      case "5", "6", "8": return ("arm", given.map { "v\($0)" })
      default: return ("arm", given)
      }
    default: return (architecture, given)
    }
  }
}

extension Platform: CustomStringConvertible {
  /// `linux/arm/v7`
  public var description: String { "\(os)/\(architecture)" + (variant.map { "/\($0)" } ?? "") }
}

/// A text that is no platform, in containerd's words.
public struct PlatformError: Error, Sendable, Hashable, CustomStringConvertible {
  public let text: String
  init(_ text: String) { self.text = text }
  public var description: String {
    "\"\(text)\" is an invalid platform specifier: must be of the form \"os[/arch[/variant]]\": invalid argument"
  }
}

extension StringProtocol {
  /// ASCII letters in lower case, everything else as it is: no locale, no Foundation.
  var lowercasedASCII: String {
    String(decoding: utf8.map { ReferenceGrammar.isUpper($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
  }
}
