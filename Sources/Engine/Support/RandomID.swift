/// Names made by chance, as Docker makes them.
enum RandomID {
  /// 64 hexadecimal digits from the system's random generator; never digits alone in its first twelve, since those
  /// would be read as a number in places that show the short form.
  static func make() -> String {
    while true {
      let id = hexadecimal(bytes: 32)
      if id.utf8.prefix(12).contains(where: { $0 > UInt8(ascii: "9") }) { return id }
    }
  }

  static func hexadecimal(bytes count: Int) -> String {
    var generator = SystemRandomNumberGenerator()
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(count * 2)
    for _ in 0..<count {
      let byte = UInt8.random(in: 0...255, using: &generator)
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
