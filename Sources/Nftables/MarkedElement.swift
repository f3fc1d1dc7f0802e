import LinuxSystem
public import Netlink

/// An element with a comment, its key as the kernel has it: to be found by its owner and removed whatever its type.
public struct MarkedElement: Sendable, Hashable {
  var family: NftFamily
  var table: String
  var set: String
  var key: [UInt8]
  public var comment: String
}

extension NftSocket {
  /// The names of a table's sets and maps.
  public func sets(of table: NftTable) throws(NetlinkError) -> [String] {
    var request = message(NFT.getSet, table.family, flags: NFT.dump)
    request.attribute(NFT.setTable, string: table.name)
    return try socket.exchange(request, "list nft sets of \(table.name)").compactMap { reply in
      let attributes = reply.attributes(after: 4)
      guard Self.isMessage(reply, NFT.newSet), attributes[NFT.setTable]?.text == table.name else { return nil }
      return attributes[NFT.setName]?.text
    }
  }

  /// The elements of a set that carry a comment.
  public func markedElements(of set: String, in table: NftTable) throws(NetlinkError) -> [MarkedElement] {
    var request = message(NFT.getElement, table.family, flags: NFT.dump)
    request.attribute(NFT.listTable, string: table.name)
    request.attribute(NFT.listSet, string: set)
    var found: [MarkedElement] = []
    for reply in try socket.exchange(request, "list elements of \(table.name) \(set)")
    where Self.isMessage(reply, NFT.newElement) {
      for attribute in reply.attributes(after: 4)[NFT.listElements]?.nested ?? Attributes([]) {
        let entry = attribute.nested
        guard let comment = entry[NFT.elementUserData].flatMap({ UserData.comment(in: $0.payload) }),
          let key = entry[NFT.elementKey]?.nested[NFT.dataValue]
        else { continue }
        found.append(
          MarkedElement(
            family: table.family, table: table.name, set: set, key: Array(key.payload), comment: comment))
      }
    }
    return found
  }

  /// Removes it; one that is gone already is fine.
  public func remove(_ element: MarkedElement) throws(NetlinkError) {
    var request = message(NFT.deleteElement, element.family)
    request.attribute(NFT.listTable, string: element.table)
    request.attribute(NFT.listSet, string: element.set)
    request.nest(NFT.listElements) { list in
      list.nest(NFT.listElement) { entry in
        entry.nest(NFT.elementKey) { $0.attribute(NFT.dataValue, element.key) }
      }
    }
    do throws(NetlinkError) {
      try transact([request], "remove element from \(element.table) \(element.set)")
    } catch {
      if error.errno != .noEntry { throw error }
    }
  }
}
