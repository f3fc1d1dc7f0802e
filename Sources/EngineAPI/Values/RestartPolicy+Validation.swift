extension RestartPolicy {
  /// The policies by name.
  public enum Kind: String, Sendable, Hashable {
    case no
    case always
    case unlessStopped = "unless-stopped"
    case onFailure = "on-failure"
  }

  /// The policy, or Docker's error where the name is unknown or the count does not fit it.
  public func kind() throws(InvalidValue) -> Kind {
    guard let kind = name.isEmpty ? .no : Kind(rawValue: name) else {
      throw InvalidValue(
        "invalid restart policy: unknown policy '\(name)'; use one of 'no', 'always', 'on-failure', or "
          + "'unless-stopped'")
    }
    if kind != .onFailure, maximumRetryCount != 0 {
      var message = "invalid restart policy: maximum retry count can only be used with 'on-failure'"
      if maximumRetryCount < 0 { message += " and cannot be negative" }
      throw InvalidValue(message)
    }
    guard maximumRetryCount >= 0 else {
      throw InvalidValue("invalid restart policy: maximum retry count cannot be negative")
    }
    return kind
  }
}
