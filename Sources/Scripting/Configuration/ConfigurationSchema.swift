import JSON

/// What a hook or driver can be told: `config = { allow = { type = "map<string[]>", default = { … } } }`.
struct ConfigurationSchema: Sendable, Hashable {
  struct Setting: Sendable, Hashable {
    var type: ConfigurationType
    /// As the script gets it.
    var standard: JSONValue?
    var isRequired = false
    var minimum: Double?
    var maximum: Double?
    var help: String?
  }

  private(set) var settings: [String: Setting] = [:]

  init() {}

  /// - Parameter declaration: as the script has it; null for none.
  init(_ declaration: JSONValue, _ place: String) throws(ScriptError) {
    if declaration.isNull { return }
    guard let members = declaration.objectValue else {
      throw ScriptError("\(place): expected a table of settings, got \(declaration.kind)")
    }
    for (name, value) in members {
      let place = "\(place).\(name)"
      if case .string(let type) = value {
        settings[name] = Setting(type: try ConfigurationType(type, place))
        continue
      }
      let reader = try SettingsReader(value, place, known: ["type", "required", "default", "min", "max", "help"])
      guard let type = try reader.string("type") else { throw ScriptError("\(place): needs a type") }
      var setting = Setting(type: try ConfigurationType(type, place))
      setting.isRequired = reader["required"]?.boolValue ?? false
      setting.minimum = try Self.bound(reader["min"], setting.type, "\(place).min")
      setting.maximum = try Self.bound(reader["max"], setting.type, "\(place).max")
      setting.help = try reader.string("help")
      if let standard = reader["default"] {
        setting.standard = try setting.type.accept(standard, "\(place).default")
      }
      settings[name] = setting
    }
  }

  private static func bound(_ value: JSONValue?, _ type: ConfigurationType, _ place: String) throws(ScriptError)
    -> Double?
  {
    guard let value else { return nil }
    switch type {
    case .string, .list, .map, .glob:
      guard let number = value.numberValue else { throw ScriptError("\(place): expected a length") }
      return number
    default:
      guard let number = try type.accept(value, place).numberValue else {
        throw ScriptError("\(place): expected a number")
      }
      return number
    }
  }

  var schema: FieldSchema { .record(settings.mapValues { $0.type.schema }) }

  /// The settings as the script gets them: checked, defaults filled in; unknown names are refused.
  /// - Parameter isText: whether the values are text from a command line.
  func values(_ given: JSONObject, _ place: String, isText: Bool = false) throws(ScriptError) -> JSONObject {
    var values = JSONObject()
    for (name, value) in given {
      guard let setting = settings[name] else {
        let known = settings.isEmpty ? "; there are no settings" : Suggestion.text(for: name, among: settings.keys)
        throw ScriptError("\(place): unknown setting '\(name)'\(known)")
      }
      let accepted = try setting.type.accept(value, "\(place).\(name)", isText: isText)
      try check(accepted, setting, "\(place).\(name)")
      values[name] = accepted
    }
    for name in settings.keys.sorted() where values[name] == nil {
      guard let setting = settings[name] else { continue }
      if let standard = setting.standard {
        values[name] = standard
      } else if setting.isRequired {
        throw ScriptError("\(place): the setting '\(name)' is required (\(setting.type.name))")
      }
    }
    return values
  }

  private func check(_ value: JSONValue, _ setting: Setting, _ place: String) throws(ScriptError) {
    let size: Double =
      switch value {
      case .string(let text): Double(text.count)
      case .array(let list): Double(list.count)
      case .object(let members): Double(members.count)
      default: value.numberValue ?? 0
      }
    if let minimum = setting.minimum, size < minimum {
      throw ScriptError("\(place): \(value) is below the minimum of \(minimum)")
    }
    if let maximum = setting.maximum, size > maximum {
      throw ScriptError("\(place): \(value) is above the maximum of \(maximum)")
    }
  }
}
