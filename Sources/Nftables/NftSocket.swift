public import LinuxSystem
public import Netlink

/// nftables by our own nfnetlink messages: single set and map elements (0.02 ms each), and what has to be found by its
/// owner's mark: tables, rules in other programs' chains.
public final class NftSocket: Sendable {
  let socket: NetlinkSocket

  /// In the network namespace of the calling thread.
  public init() throws(SystemError) { socket = try NetlinkSocket(.netfilter) }

  public init(socket: NetlinkSocket) { self.socket = socket }

  func message(_ type: UInt16, _ family: NftFamily?, flags: UInt16 = 0) -> NetlinkMessage {
    NetlinkMessage(
      type: NFT.subsystem << 8 | type, flags: flags, fixed: [family?.rawValue ?? 0, 0, 0, 0])
  }

  /// One transaction: all or nothing.
  func transact(_ messages: [NetlinkMessage], _ operation: @autoclosure () -> String) throws(NetlinkError) {
    // struct nfgenmsg with the subsystem as res_id, in network order.
    let fixed: [UInt8] = [0, 0, 0, UInt8(NFT.subsystem)]
    let begin = NetlinkMessage(type: NFT.batchBegin, flags: 0, fixed: fixed, wantsAck: false)
    let end = NetlinkMessage(type: NFT.batchEnd, flags: 0, fixed: fixed, wantsAck: false)
    try socket.exchange([begin] + messages + [end], operation())
  }

  static func isMessage(_ reply: NetlinkReply, _ type: UInt16) -> Bool {
    reply.type == NFT.subsystem << 8 | type
  }
}

/// Comments as nft keeps them in user data: type, length, NUL-terminated text (libnftnl/udata.h; 0 is the comment of
/// tables, rules and elements alike).
enum UserData {
  static func comment(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8.prefix(254)) + [0]
    return [0, UInt8(bytes.count)] + bytes
  }

  static func comment(in data: ArraySlice<UInt8>) -> String? {
    var rest = data
    while let type = rest.first, rest.count >= 2 {
      let length = Int(rest[rest.startIndex + 1])
      let value = rest.dropFirst(2).prefix(length)
      if type == 0 { return String(decoding: value.prefix { $0 != 0 }, as: UTF8.self) }
      rest = rest.dropFirst(2 + length)
    }
    return nil
  }
}
