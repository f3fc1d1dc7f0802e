/// Numbers of linux/netlink.h.
enum NL {
  static let request: UInt16 = 0x01
  static let ack: UInt16 = 0x04
  static let echo: UInt16 = 0x08
  static let dump: UInt16 = 0x300
  static let replace: UInt16 = 0x100
  static let exclusive: UInt16 = 0x200
  static let create: UInt16 = 0x400
  static let append: UInt16 = 0x800

  static let nested: UInt16 = 0x8000
  static let error: UInt16 = 2
  static let done: UInt16 = 3
  /// Flag of an answer: the request's payload was left out.
  static let capped: UInt16 = 0x100
  /// Flag of an answer: attributes follow.
  static let ackAttributes: UInt16 = 0x200
  static let dumpInterrupted: UInt16 = 0x10
  static let ackMessage: UInt16 = 1
}

/// Numbers of linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h, linux/neighbour.h.
enum RT {
  static let newLink: UInt16 = 16
  static let deleteLink: UInt16 = 17
  static let getLink: UInt16 = 18
  static let setLink: UInt16 = 19
  static let newAddress: UInt16 = 20
  static let deleteAddress: UInt16 = 21
  static let getAddress: UInt16 = 22
  static let newRoute: UInt16 = 24
  static let deleteRoute: UInt16 = 25
  static let getRoute: UInt16 = 26
  static let newNeighbour: UInt16 = 28
  static let deleteNeighbour: UInt16 = 29
  static let getNeighbour: UInt16 = 30

  static let tableMain: UInt8 = 254
  static let protocolStatic: UInt8 = 4
  static let protocolBoot: UInt8 = 3
  static let scopeUniverse: UInt8 = 0
  static let scopeLink: UInt8 = 253
  static let typeUnicast: UInt8 = 1

  static let routeDestination: UInt16 = 1
  static let routeOutput: UInt16 = 4
  static let routeGateway: UInt16 = 5
  static let routePriority: UInt16 = 6

  static let neighbourDestination: UInt16 = 1
  static let neighbourLinkAddress: UInt16 = 2
  static let neighbourPermanent: UInt16 = 0x80
  static let neighbourSelf: UInt8 = 2
  static let neighbourMaster: UInt8 = 4

  static let addressAddress: UInt16 = 1
  static let addressLocal: UInt16 = 2
  static let addressBroadcast: UInt16 = 4
  static let addressNoDuplicateDetection: UInt8 = 2
}

enum IFLA {
  static let address: UInt16 = 1
  static let name: UInt16 = 3
  static let mtu: UInt16 = 4
  static let link: UInt16 = 5
  static let master: UInt16 = 10
  static let linkInfo: UInt16 = 18
  static let alias: UInt16 = 20
  static let group: UInt16 = 27
  static let namespaceDescriptor: UInt16 = 28
  static let extensionMask: UInt16 = 29
  static let infoKind: UInt16 = 1
  static let infoData: UInt16 = 2
  static let infoSlaveKind: UInt16 = 4
  static let infoSlaveData: UInt16 = 5
  static let vethPeer: UInt16 = 1
  static let vlanID: UInt16 = 1
  static let vxlanID: UInt16 = 1
  static let vxlanGroup: UInt16 = 2
  static let vxlanLink: UInt16 = 3
  static let vxlanLocal: UInt16 = 4
  static let vxlanLearning: UInt16 = 7
  static let vxlanPort: UInt16 = 15
  static let vxlanGroup6: UInt16 = 16
  static let vxlanLocal6: UInt16 = 17
  static let macvlanMode: UInt16 = 1
  static let bridgePortHairpin: UInt16 = 4
  static let bridgePortIsolated: UInt16 = 33

  static let flagUp: UInt32 = 1
}

/// Address families (bits/socket.h).
enum AF {
  static let unspecified: UInt8 = 0
  static let inet: UInt8 = 2
  static let bridge: UInt8 = 7
  static let inet6: UInt8 = 10
}
