import LinuxSystem
public import Netlink

/// A table with its comment, which holds the owner's mark.
public struct NftTable: Sendable, Hashable {
  public var family: NftFamily
  public var name: String
  public var comment: String?

  init?(_ reply: NetlinkReply) {
    guard NftSocket.isMessage(reply, NFT.newTable), let family = reply.payload.first.flatMap(NftFamily.init(rawValue:))
    else { return nil }
    let attributes = reply.attributes(after: 4)
    guard let name = attributes[NFT.tableName]?.text else { return nil }
    self.family = family
    self.name = name
    comment = attributes[NFT.tableUserData].flatMap { UserData.comment(in: $0.payload) }
  }
}

/// A base chain's place and policy.
public struct NftChain: Sendable, Hashable {
  public var family: NftFamily
  public var table: String
  public var name: String
  /// NF_INET_*; nil for a chain that only others jump to.
  public var hook: UInt32?
  public var isFilter: Bool
  public var dropsByDefault: Bool

  init?(_ reply: NetlinkReply) {
    guard NftSocket.isMessage(reply, NFT.newChain), let family = reply.payload.first.flatMap(NftFamily.init(rawValue:))
    else { return nil }
    let attributes = reply.attributes(after: 4)
    guard let table = attributes[NFT.chainTable]?.text, let name = attributes[NFT.chainName]?.text else { return nil }
    self.family = family
    self.table = table
    self.name = name
    hook = attributes[NFT.chainHook]?.nested[NFT.hookNumber]?.big
    isFilter = attributes[NFT.chainType]?.text == "filter"
    dropsByDefault = attributes[NFT.chainPolicy]?.big == NFT.verdictDrop && hook != nil
  }

  public var isForward: Bool { hook == NFT.hookForward && isFilter }
}

/// A rule that carries a comment.
public struct NftRule: Sendable, Hashable {
  public var family: NftFamily
  public var table: String
  public var chain: String
  public var handle: UInt64
  public var comment: String

  init?(_ reply: NetlinkReply) {
    guard NftSocket.isMessage(reply, NFT.newRule), let family = reply.payload.first.flatMap(NftFamily.init(rawValue:))
    else { return nil }
    let attributes = reply.attributes(after: 4)
    guard let table = attributes[NFT.ruleTable]?.text, let chain = attributes[NFT.ruleChain]?.text,
      let handle = attributes[NFT.ruleHandle]?.big64,
      let comment = attributes[NFT.ruleUserData].flatMap({ UserData.comment(in: $0.payload) })
    else { return nil }
    self.family = family
    self.table = table
    self.chain = chain
    self.handle = handle
    self.comment = comment
  }
}

extension NftSocket {
  public func tables() throws(NetlinkError) -> [NftTable] {
    try socket.exchange(message(NFT.getTable, nil, flags: NFT.dump), "list nft tables").compactMap(NftTable.init)
  }

  public func table(_ family: NftFamily, _ name: String) throws(NetlinkError) -> NftTable? {
    var request = message(NFT.getTable, family)
    request.attribute(NFT.tableName, string: name)
    do throws(NetlinkError) {
      return try socket.exchange(request, "find nft table \(name)").lazy.compactMap(NftTable.init).first
    } catch {
      if error.errno == .noEntry { return nil }
      throw error
    }
  }

  /// Removes a table with everything in it. `ENOENT` when there is none.
  public func removeTable(_ family: NftFamily, _ name: String) throws(NetlinkError) {
    var request = message(NFT.deleteTable, family)
    request.attribute(NFT.tableName, string: name)
    try transact([request], "remove nft table \(family.name) \(name)")
  }

  /// All chains, of one family or of all.
  public func chains(_ family: NftFamily? = nil) throws(NetlinkError) -> [NftChain] {
    try socket.exchange(message(NFT.getChain, family, flags: NFT.dump), "list nft chains").compactMap(NftChain.init)
  }

  /// The rules with a comment, of one chain.
  public func commentedRules(_ chain: NftChain) throws(NetlinkError) -> [NftRule] {
    var request = message(NFT.getRule, chain.family, flags: NFT.dump)
    request.attribute(NFT.ruleTable, string: chain.table)
    request.attribute(NFT.ruleChain, string: chain.name)
    return try socket.exchange(request, "list nft rules of \(chain.table) \(chain.name)").compactMap(NftRule.init)
      .filter { $0.table == chain.table && $0.chain == chain.name }
  }

  /// Removes rules in one transaction.
  public func removeRules(_ rules: [NftRule]) throws(NetlinkError) {
    guard !rules.isEmpty else { return }
    try transact(
      rules.map { rule in
        var request = message(NFT.deleteRule, rule.family)
        request.attribute(NFT.ruleTable, string: rule.table)
        request.attribute(NFT.ruleChain, string: rule.chain)
        request.attribute(NFT.ruleHandle, big: rule.handle)
        return request
      }, "remove nft rules")
  }
}
