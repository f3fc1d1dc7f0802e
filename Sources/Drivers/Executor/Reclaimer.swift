import LinuxSystem
import Netlink
import Nftables

/// Removes what carries this daemon's mark and what no record names: what a crash left between making a thing and
/// writing it down. Other daemons' things, and what has no mark, are never touched.
public struct Reclaimer: Sendable {
  /// One thing that was found and removed, or why it could not be.
  public struct Finding: Sendable, Hashable, CustomStringConvertible {
    /// "interface mp3", "nft table ip mp_ab12".
    public var name: String
    /// Nil for an interface that has only the daemon's group yet.
    public var key: String?
    /// Nil when it was removed.
    public var error: String?

    public var description: String {
      let owner = key.map { " of \($0)" } ?? ""
      return error.map { "\(name)\(owner): \($0)" } ?? "\(name)\(owner)"
    }
  }

  private let kernel: KernelAccess

  public init(_ executor: PlanExecutor) { kernel = executor.kernel }

  /// Everything of this daemon's with a key that is not among `keys`.
  /// - Parameter removing: false only lists.
  public func reclaim(keeping keys: Set<String>, removing: Bool = true) -> [Finding] {
    var findings: [Finding] = []
    func attempt(_ name: String, _ key: String?, _ body: () throws -> Void) {
      var finding = Finding(name: name, key: key)
      do { if removing { try body() } } catch { finding.error = "\(error)" }
      findings.append(finding)
    }
    func collect(_ what: String, _ body: () throws -> Void) {
      do { try body() } catch { findings.append(Finding(name: what, error: "\(error)")) }
    }
    collect("rules in other programs' chains") {
      for mark in try kernel.forwarding.marks() {
        guard let key = orphan(mark, keys) else { continue }
        attempt("forward rules", key) { try kernel.forwarding.withdraw(mark: mark) }
      }
    }
    collect("nft tables") {
      for table in try kernel.nft.tables() {
        guard let mark = table.comment.flatMap(OwnerMark.init), mark.daemon == kernel.daemon else { continue }
        if keys.contains(mark.key) {
          try elements(of: table, keys, attempt)
        } else {
          attempt("nft table \(table.family.name) \(table.name)", mark.key) {
            try kernel.nft.removeTable(table.family, table.name)
          }
        }
      }
    }
    collect("interfaces") {
      let group = OwnerMark(daemon: kernel.daemon, key: "").group
      // Ports before the bridges they are in: fewer notifications, and a failing one does not hide the other.
      for link in try kernel.route.links().sorted(by: { ($0.master == nil ? 1 : 0) < ($1.master == nil ? 1 : 0) }) {
        let key = link.alias.flatMap { orphan($0, keys) }
        guard key != nil || (link.alias == nil && link.group == group) else { continue }
        attempt("interface \(link.name)", key) {
          do throws(NetlinkError) {
            try kernel.slowRoute.removeLink(link.index)
          } catch {
            // The other end of a veth that went a moment before.
            if error.errno != .noDevice { throw error }
          }
        }
      }
    }
    return findings
  }

  private func orphan(_ text: String, _ keys: Set<String>) -> String? {
    guard let mark = OwnerMark(text), mark.daemon == kernel.daemon, !keys.contains(mark.key) else { return nil }
    return mark.key
  }

  /// Elements of a table that stays whose own owner is gone: a container's published port.
  private func elements(
    of table: NftTable, _ keys: Set<String>, _ attempt: (String, String?, () throws -> Void) -> Void
  ) throws {
    for set in try kernel.nft.sets(of: table) {
      for element in try kernel.nft.markedElements(of: set, in: table) {
        guard let key = orphan(element.comment, keys) else { continue }
        attempt("element of nft set \(table.name) \(set)", key) { try kernel.nft.remove(element) }
      }
    }
  }
}
