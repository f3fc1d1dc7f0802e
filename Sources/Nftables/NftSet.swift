import Addresses
public import JSON
import LinuxSystem
import Netlink

/// A type of nft's that a key or data can have; numbers of nft's `datatype.h`.
public enum NftType: UInt32, Sendable, Hashable {
  case ipv4 = 7
  case ipv6 = 8
  case ether = 9
  case transport = 12
  case port = 13
  case mark = 19
  case interface = 41

  /// Bytes of a value.
  var length: Int {
    switch self {
    case .ipv4, .mark: 4
    case .ipv6, .interface: 16
    case .ether: 6
    case .transport: 1
    case .port: 2
    }
  }

  var name: String {
    switch self {
    case .ipv4: "an IPv4 address"
    case .ipv6: "an IPv6 address"
    case .ether: "an Ethernet address"
    case .transport: "a protocol (tcp, udp, sctp, icmp or a number)"
    case .port: "a port"
    case .mark: "a mark"
    case .interface: "an interface name"
    }
  }

  /// RFC 5237 numbers.
  private static let transports: [String: UInt8] = ["icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58, "sctp": 132]

  /// The types of a concatenation from its number: six bits each, the first in the highest.
  static func parts(of number: UInt32) -> [NftType]? {
    var rest = number
    var types: [NftType] = []
    while rest > 0 {
      guard let type = NftType(rawValue: rest & 63) else { return nil }
      types.insert(type, at: 0)
      rest >>= 6
    }
    return types
  }

  /// A value in the kernel's form.
  func encode(_ value: JSONValue) -> [UInt8]? {
    let text = value.stringValue
    let number = value.integerValue ?? text.flatMap { Int64($0) }
    switch self {
    case .ipv4, .ipv6:
      guard let address = text.flatMap({ IPAddress($0) }), address.bytes.count == length else { return nil }
      return address.bytes
    case .ether: return text.flatMap { MACAddress($0) }?.bytes
    case .transport:
      if let text, let known = Self.transports[text] { return [known] }
      return number.flatMap { UInt8(exactly: $0) }.map { [$0] }
    case .port:
      return number.flatMap { UInt16(exactly: $0) }.map { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    case .mark:
      return number.flatMap { UInt32(exactly: $0) }.map { value in withUnsafeBytes(of: value) { Array($0) } }
    case .interface:
      guard let bytes = text?.utf8, (1...15).contains(bytes.count) else { return nil }
      return Array(bytes) + [UInt8](repeating: 0, count: 16 - bytes.count)
    }
  }
}

/// What a set or map declares.
public struct NftSet: Sendable, Hashable {
  public var family: NftFamily
  public var table: String
  public var name: String
  public var key: [NftType]
  /// Nil for a set.
  public var data: [NftType]?

  /// The parts of a key or of data in registers: each in whole words when there are several.
  static func encode(_ values: [JSONValue], as types: [NftType], _ what: String) throws(NftError) -> [UInt8] {
    guard values.count == types.count else {
      throw .type("\(what) has \(values.count) parts, the set declares \(types.count)")
    }
    var bytes: [UInt8] = []
    for (value, type) in zip(values, types) {
      guard let encoded = type.encode(value) else { throw .type("\(what): \(value) is not \(type.name)") }
      bytes += encoded
      if types.count > 1 { while bytes.count % 4 != 0 { bytes.append(0) } }
    }
    return bytes
  }
}

/// One element of a set or map.
public struct NftElement: Sendable, Hashable {
  public var value: [JSONValue]
  public var data: [JSONValue]?
  /// The owner's mark.
  public var comment: String?

  public init(value: [JSONValue], data: [JSONValue]? = nil, comment: String? = nil) {
    self.value = value
    self.data = data
    self.comment = comment
  }
}

extension NftSocket {
  /// The declaration of a set. `ENOENT` when there is none.
  public func set(_ family: NftFamily, _ table: String, _ name: String) throws(NftError) -> NftSet {
    var request = message(NFT.getSet, family)
    request.attribute(NFT.setTable, string: table)
    request.attribute(NFT.setName, string: name)
    let reply: NetlinkReply?
    do throws(NetlinkError) {
      reply = try socket.exchange(request, "find nft set \(table) \(name)").first { Self.isMessage($0, NFT.newSet) }
    } catch {
      throw .kernel(error)
    }
    guard let attributes = reply?.attributes(after: 4), let type = attributes[NFT.setKeyType]?.big else {
      throw .type("the kernel does not describe the set \(name)")
    }
    let flags = attributes[NFT.setFlags]?.big ?? 0
    if flags & NFT.setInterval != 0 { throw .type("elements of the interval set \(name) cannot be changed one by one") }
    guard let key = NftType.parts(of: type) else { throw .type("the set \(name) has a key of an unknown type") }
    var data: [NftType]?
    if flags & NFT.setMap != 0 {
      guard let types = attributes[NFT.setDataType].flatMap({ NftType.parts(of: $0.big) }) else {
        throw .type("the map \(name) has data of an unknown type")
      }
      data = types
    }
    return NftSet(family: family, table: table, name: name, key: key, data: data)
  }

  private func elementMessage(
    _ type: UInt16, flags: UInt16, _ set: NftSet, _ element: NftElement, keyOnly: Bool = false
  ) throws(NftError) -> NetlinkMessage {
    let key = try NftSet.encode(element.value, as: set.key, "the value for \(set.name)")
    var data: [UInt8]?
    switch (set.data, element.data) {
    case (nil, nil): break
    case (let types?, let values?): data = try NftSet.encode(values, as: types, "the data for \(set.name)")
    case (nil, _?): throw .type("\(set.name) is a set, not a map: it takes no data")
    case (_?, nil): throw .type("\(set.name) is a map: data is missing")
    }
    var request = message(type, set.family, flags: flags)
    request.attribute(NFT.listTable, string: set.table)
    request.attribute(NFT.listSet, string: set.name)
    request.nest(NFT.listElements) { list in
      list.nest(NFT.listElement) { entry in
        entry.nest(NFT.elementKey) { $0.attribute(NFT.dataValue, key) }
        guard !keyOnly else { return }
        if let data { entry.nest(NFT.elementData) { $0.attribute(NFT.dataValue, data) } }
        if let comment = element.comment { entry.attribute(NFT.elementUserData, UserData.comment(comment)) }
      }
    }
    return request
  }

  /// Whether something was added, or the same stood there already.
  public enum Outcome: Sendable, Hashable { case added, present }

  /// Adds an element. The same key with the same data is `present`; with other data it is a conflict.
  @discardableResult
  public func add(_ element: NftElement, to set: NftSet) throws(NftError) -> Outcome {
    let request = try elementMessage(NFT.newElement, flags: NFT.create | NFT.exclusive, set, element)
    do throws(NetlinkError) {
      try transact([request], "add element to \(set.table) \(set.name)")
      return .added
    } catch {
      guard error.errno == .exists || error.errno == .busy else { throw .kernel(error) }
    }
    // Which of the two numbers means "with other data" depends on the kernel, so the element itself is asked.
    switch try presence(of: element, in: set) {
    case .equal: return .present
    case .different, .absent:
      throw .conflict("\(set.table) \(set.name) has \(JSON.text(.array(element.value))) with other data")
    }
  }

  /// Removes an element; false when it was not there.
  @discardableResult
  public func remove(_ element: NftElement, from set: NftSet) throws(NftError) -> Bool {
    let request = try elementMessage(NFT.deleteElement, flags: 0, set, element, keyOnly: true)
    do throws(NetlinkError) {
      try transact([request], "remove element from \(set.table) \(set.name)")
      return true
    } catch {
      if error.errno == .noEntry { return false }
      throw .kernel(error)
    }
  }

  /// What the kernel has under an element's key.
  public enum Presence: Sendable, Hashable {
    case absent
    case equal(comment: String?)
    case different(comment: String?)
  }

  public func presence(of element: NftElement, in set: NftSet) throws(NftError) -> Presence {
    let request = try elementMessage(NFT.getElement, flags: 0, set, element, keyOnly: true)
    let replies: [NetlinkReply]
    do throws(NetlinkError) {
      replies = try socket.exchange(request, "find element of \(set.table) \(set.name)")
    } catch {
      if error.errno == .noEntry { return .absent }
      throw .kernel(error)
    }
    guard let reply = replies.first(where: { Self.isMessage($0, NFT.newElement) }),
      let entry = reply.attributes(after: 4)[NFT.listElements]?.nested[NFT.listElement]?.nested
    else { return .absent }
    let comment = entry[NFT.elementUserData].flatMap { UserData.comment(in: $0.payload) }
    guard let types = set.data, let values = element.data else { return .equal(comment: comment) }
    let wanted = try NftSet.encode(values, as: types, "the data for \(set.name)")
    let found = entry[NFT.elementData]?.nested[NFT.dataValue].map { Array($0.payload) }
    return found == wanted ? .equal(comment: comment) : .different(comment: comment)
  }
}
