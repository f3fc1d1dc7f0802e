/// A version of the Engine API: `1.51`.
public struct APIVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
  public var major: Int
  public var minor: Int

  public init(_ major: Int, _ minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Reads `1.43`; nil where the text is anything else.
  public init?(_ text: some StringProtocol) {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    func number(_ digits: Substring.UTF8View.SubSequence) -> Int? {
      digits.isEmpty || !digits.allSatisfy { 48...57 ~= $0 } ? nil : Int(Substring(digits))
    }
    let digits = parts.map { Substring(String(decoding: $0, as: UTF8.self)).utf8 }
    guard digits.count == 2, let major = number(digits[0][...]), let minor = number(digits[1][...]) else { return nil }
    self.init(major, minor)
  }

  /// The oldest version that is served.
  public static let minimum = APIVersion(1, 24)
  /// The newest version that is served, and what a path without a version means.
  public static let current = APIVersion(1, 51)

  public var description: String { "\(major).\(minor)" }

  public static func < (left: APIVersion, right: APIVersion) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}
