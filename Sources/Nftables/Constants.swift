/// Numbers of linux/netfilter/nfnetlink.h and linux/netfilter/nf_tables.h.
enum NFT {
  static let subsystem: UInt16 = 10
  static let batchBegin: UInt16 = 16
  static let batchEnd: UInt16 = 17

  static let newTable: UInt16 = 0
  static let getTable: UInt16 = 1
  static let deleteTable: UInt16 = 2
  static let newChain: UInt16 = 3
  static let getChain: UInt16 = 4
  static let newRule: UInt16 = 6
  static let getRule: UInt16 = 7
  static let deleteRule: UInt16 = 8
  static let newSet: UInt16 = 9
  static let getSet: UInt16 = 10
  static let newElement: UInt16 = 12
  static let getElement: UInt16 = 13
  static let deleteElement: UInt16 = 14

  static let tableName: UInt16 = 1
  static let tableUserData: UInt16 = 6
  static let chainTable: UInt16 = 1
  static let chainName: UInt16 = 3
  static let chainHook: UInt16 = 4
  static let chainPolicy: UInt16 = 5
  static let chainType: UInt16 = 7
  static let hookNumber: UInt16 = 1
  static let hookPriority: UInt16 = 2
  static let ruleTable: UInt16 = 1
  static let ruleChain: UInt16 = 2
  static let ruleHandle: UInt16 = 3
  static let ruleUserData: UInt16 = 7
  static let setTable: UInt16 = 1
  static let setName: UInt16 = 2
  static let setFlags: UInt16 = 3
  static let setKeyType: UInt16 = 4
  static let setKeyLength: UInt16 = 5
  static let setDataType: UInt16 = 6
  static let setDataLength: UInt16 = 7
  static let listTable: UInt16 = 1
  static let listSet: UInt16 = 2
  static let listElements: UInt16 = 3
  static let listElement: UInt16 = 1
  static let elementKey: UInt16 = 1
  static let elementData: UInt16 = 2
  static let elementUserData: UInt16 = 6
  static let dataValue: UInt16 = 1

  static let setInterval: UInt32 = 4
  static let setMap: UInt32 = 8
  static let hookForward: UInt32 = 2
  static let verdictDrop: UInt32 = 0

  /// Netlink flags (linux/netlink.h).
  static let dump: UInt16 = 0x300
  static let create: UInt16 = 0x400
  static let exclusive: UInt16 = 0x200
}

/// A family of tables, NFPROTO_*.
public enum NftFamily: UInt8, Sendable, Hashable, CaseIterable {
  case inet = 1
  case ip = 2
  case arp = 3
  case netdev = 5
  case bridge = 7
  case ip6 = 10

  /// As in nft(8): "ip".
  public init?(name: String) {
    guard let family = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = family
  }

  public var name: String { "\(self)" }
}
