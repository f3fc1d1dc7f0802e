public import Netlink

/// Why nftables refused something.
public enum NftError: Error, Sendable, Hashable, CustomStringConvertible {
  /// libnftables' words, with the place in the text.
  case text(String)
  case kernel(NetlinkError)
  /// The set has other types than the element.
  case type(String)
  /// The set has the key with other data.
  case conflict(String)

  public var description: String {
    switch self {
    case .text(let message): "nftables: \(message)"
    case .kernel(let error): "nftables: \(error)"
    case .type(let message): "nftables: \(message)"
    case .conflict(let message): "nftables: \(message)"
    }
  }
}
