internal import JSON

/// Codable values to CBOR and back, with every failure as a `malformed` error that names the field.
enum ProtocolCoding {
  static func encode(_ value: some Encodable) throws(ShimProtocolError) -> [UInt8] {
    CBOR.encode(try self.value(of: value))
  }

  static func value(of value: some Encodable) throws(ShimProtocolError) -> JSONValue {
    do throws(JSONError) {
      return try JSON.value(of: value)
    } catch {
      throw ShimProtocolError(.malformed, "cannot encode \(type(of: value)): \(error)")
    }
  }

  static func value(_ bytes: [UInt8]) throws(ShimProtocolError) -> JSONValue {
    do throws(JSONError) {
      return try CBOR.decode(bytes)
    } catch {
      throw ShimProtocolError(.malformed, "not a CBOR message: \(error)")
    }
  }

  static func decode<T: Decodable>(_ type: T.Type, _ value: JSONValue) throws(ShimProtocolError) -> T {
    do throws(JSONError) {
      return try JSON.decode(type, from: value)
    } catch {
      throw ShimProtocolError(.malformed, "cannot read \(type): \(error)")
    }
  }
}
