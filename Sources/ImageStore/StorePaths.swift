public import OCI

/// Every place that the image store writes to, below the data root.
///
/// | path | what |
/// |---|---|
/// | `content/blobs/<algorithm>/<hex>` | manifests, configurations and layers as the registry has them |
/// | `content/ingest/<random>` | blobs and layers that are still arriving; emptied at start |
/// | `content/unsynced/<random>.<chain id>` | a layer that may not be on the disk yet; the content is the boot's id |
/// | `content/trash/<random>` | what is being removed; emptied at start |
/// | `layers/<chain id>/fs` | a layer's files, a lower directory of overlayfs |
/// | `layers/<chain id>/layer.json` | what the layer is |
/// | `images/records/<hex>.json` | one image |
/// | `images/references/<sha256 of the name>.json` | one name |
/// | `images/quarantine/` | records that cannot be read |
public struct StorePaths: Sendable, Hashable {
  public let root: String

  public init(root: String) { self.root = root }

  public var blobs: String { "\(root)/content/blobs" }
  public var ingest: String { "\(root)/content/ingest" }
  public var unsynced: String { "\(root)/content/unsynced" }
  public var trash: String { "\(root)/content/trash" }
  public var layers: String { "\(root)/layers" }
  public var records: String { "\(root)/images/records" }
  public var references: String { "\(root)/images/references" }
  public var quarantine: String { "\(root)/images/quarantine" }

  public func blob(_ digest: Digest) -> String { "\(blobs)/\(digest.algorithm.rawValue)/\(digest.hex)" }
  public func layer(_ chainID: Digest) -> String { "\(layers)/\(chainID.hex)" }
  /// The lower directory.
  public func files(_ chainID: Digest) -> String { "\(layer(chainID))/fs" }
  func layerRecord(_ chainID: Digest) -> String { "\(layer(chainID))/layer.json" }
  func record(_ image: Digest) -> String { "\(records)/\(image.hex).json" }
  func reference(_ reference: ImageReference) -> String {
    "\(references)/\(Digest.sha256(of: Array(reference.description.utf8)).hex).json"
  }

  /// A name that nobody has.
  func temporary(in directory: String) -> String {
    var digits = String(UInt64.random(in: 0 ... .max), radix: 16)
    digits = String(repeating: "0", count: 16 - digits.utf8.count) + digits
    return "\(directory)/\(digits)"
  }

  var all: [String] {
    Digest.Algorithm.allCases.map { "\(blobs)/\($0.rawValue)" }
      + [ingest, unsynced, trash, layers, records, references, quarantine]
  }
}
