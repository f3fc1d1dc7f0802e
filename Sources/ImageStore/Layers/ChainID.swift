internal import Archive
public import OCI

/// The identity of a layer together with all layers below it (OCI config.md, "Layer ChainID").
public enum ChainID {
  /// Of each layer, lowest first: `chain(n) = sha256(chain(n-1) + " " + diff(n))`.
  public static func all(_ diffIDs: [OCI.Digest]) -> [OCI.Digest] {
    var chains: [OCI.Digest] = []
    for diffID in diffIDs { chains.append(of(diffID, on: chains.last)) }
    return chains
  }

  public static func of(_ diffID: OCI.Digest, on parent: OCI.Digest?) -> OCI.Digest {
    guard let parent else { return diffID }
    return Digest.sha256(of: Array("\(parent) \(diffID)".utf8))
  }
}

extension OCI.Digest {
  /// The SHA-256 of some bytes.
  public static func sha256(of bytes: [UInt8]) -> OCI.Digest { wrapping(StreamingSHA256.of(bytes)) }

  static func wrapping(_ sha256: [UInt8]) -> OCI.Digest {
    do {
      return try OCI.Digest(sha256: sha256)
    } catch {
      preconditionFailure("a SHA-256 has 32 bytes")
    }
  }
}
