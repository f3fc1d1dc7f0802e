/// Reads the subject's common name out of an X.509 certificate (RFC 5280 §4.1), which swift-nio-ssl does not offer.
enum CertificateSubject {
  static func commonName(der: [UInt8]) -> String? {
    var outer = DER(der[...])
    guard var certificate = outer.enter(0x30), var fields = certificate.enter(0x30) else { return nil }
    // version [0], serialNumber, signature, issuer, validity, subject
    if fields.peek == 0xA0 { fields.skip() }
    for _ in 0..<4 { fields.skip() }
    guard var subject = fields.enter(0x30) else { return nil }
    while var set = subject.enter(0x31) {
      while var attribute = set.enter(0x30) {
        guard let type = attribute.value(0x06), let text = attribute.anyValue() else { break }
        if type.elementsEqual([0x55, 0x04, 0x03]) { return String(decoding: text, as: UTF8.self) }
      }
    }
    return nil
  }

  /// A cursor over definite-length DER (X.690 §8, §10).
  private struct DER {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var peek: UInt8? { rest.first }

    mutating func skip() { _ = next() }

    mutating func enter(_ tag: UInt8) -> DER? { value(tag).map { DER($0) } }

    mutating func value(_ tag: UInt8) -> ArraySlice<UInt8>? {
      guard peek == tag else { return nil }
      return next()
    }

    mutating func anyValue() -> ArraySlice<UInt8>? { next() }

    private mutating func next() -> ArraySlice<UInt8>? {
      guard rest.popFirst() != nil, let first = rest.popFirst() else {
        rest = []
        return nil
      }
      var length = Int(first)
      if first & 0x80 != 0 {
        let count = Int(first & 0x7F)
        guard count <= 4, count <= rest.count else {
          rest = []
          return nil
        }
        length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(count)
      }
      guard length <= rest.count else {
        rest = []
        return nil
      }
      defer { rest = rest.dropFirst(length) }
      return rest.prefix(length)
    }
  }
}
