import CLinux
import Netlink

/// Lets one interface's packets pass other programs' forward chains.
///
/// Every table with a base chain on a hook decides for itself: an accept in ours does not override a drop in another's.
/// Docker and ufw set the policy of `FORWARD` to drop (iptables-nft: table `ip filter`). There two rules are
/// *appended*, so that what those programs forbid stays forbidden and only the policy is passed by; each carries the
/// owner's mark as its comment and is in the form that `iptables -S` can print.
public struct ForeignForwarding: Sendable {
  let commands: NftCommands
  let socket: NftSocket
  /// Whether a table is of our own making, by its comment.
  let isOwn: @Sendable (NftTable) -> Bool

  public init(commands: NftCommands, socket: NftSocket, isOwn: @escaping @Sendable (NftTable) -> Bool) {
    self.commands = commands
    self.socket = socket
    self.isOwn = isOwn
  }

  /// The base chains of others that drop what nobody accepts.
  public func droppingChains() throws(NftError) -> [NftChain] {
    do throws(NetlinkError) {
      let dropping = try socket.chains().filter {
        $0.isForward && $0.dropsByDefault && ($0.family == .ip || $0.family == .inet)
      }
      if dropping.isEmpty { return [] }
      let own = Set(try socket.tables().filter(isOwn).map { "\($0.family.name) \($0.name)" })
      return dropping.filter { !own.contains("\($0.family.name) \($0.table)") }
    } catch {
      throw .kernel(error)
    }
  }

  /// The chains that still lack the rules with this mark.
  public func missing(mark: String) throws(NftError) -> [NftChain] {
    var missing: [NftChain] = []
    for chain in try droppingChains() where try rules(mark, in: chain).count < 2 { missing.append(chain) }
    return missing
  }

  private func rules(_ mark: String, in chain: NftChain) throws(NftError) -> [NftRule] {
    do throws(NetlinkError) {
      return try socket.commentedRules(chain).filter { $0.comment == mark }
    } catch {
      throw .kernel(error)
    }
  }

  /// Adds the rules where they are missing; answers how many chains needed them.
  @discardableResult
  public func accept(_ interface: String, mark: String) throws(NftError) -> Int {
    let chains = try missing(mark: mark)
    guard !chains.isEmpty else { return 0 }
    var text = ""
    for chain in chains {
      // Half of a pair may be left from a crash.
      try remove(try rules(mark, in: chain))
      for direction in ["iifname", "oifname"] {
        text +=
          "add rule \(chain.family.name) \(chain.table) \(chain.name) \(direction) \"\(interface)\" "
          + "counter accept comment \"\(mark)\"\n"
      }
    }
    try commands.run(text)
    return chains.count
  }

  private func remove(_ rules: [NftRule]) throws(NftError) {
    do throws(NetlinkError) { try socket.removeRules(rules) } catch { throw .kernel(error) }
  }

  /// Removes the rules with this mark, from whatever forward chain has them.
  public func withdraw(mark: String) throws(NftError) {
    try withdraw { $0 == mark }
  }

  /// Removes the rules whose mark the body names.
  public func withdraw(where isMark: (String) -> Bool) throws(NftError) {
    do throws(NetlinkError) {
      for chain in try socket.chains() where chain.isForward {
        try socket.removeRules(try socket.commentedRules(chain).filter { isMark($0.comment) })
      }
    } catch {
      throw .kernel(error)
    }
  }

  /// All marks on rules in forward chains.
  public func marks() throws(NftError) -> Set<String> {
    do throws(NetlinkError) {
      var marks: Set<String> = []
      for chain in try socket.chains() where chain.isForward {
        for rule in try socket.commentedRules(chain) { marks.insert(rule.comment) }
      }
      return marks
    } catch {
      throw .kernel(error)
    }
  }

  /// What we cannot do anything about, and what the administrator can: a sentence, or nil.
  public func obstacle(_ interface: String) -> String? {
    // Asking would load the legacy modules; that the table exists is in /proc/net/ip_tables_names of this namespace.
    guard cl_legacy_filter_exists() == 1, cl_legacy_forward_policy() == 0 else { return nil }
    return "iptables-legacy drops forwarded packets: "
      + "run iptables-legacy -A FORWARD -i \(interface) -j ACCEPT; iptables-legacy -A FORWARD -o \(interface) -j ACCEPT"
  }
}
