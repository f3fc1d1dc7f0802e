internal import JSON

/// A Go template applied to JSON: what `--format` takes.
///
/// ```
/// try Template("{{.State.Status}} {{range .Mounts}}{{.Source}} {{end}}").render(container)
/// ```
/// Known: fields, variables, `if`/`else`/`range`/`with`, pipelines, parentheses, comparisons, `and or not`, `index`,
/// `slice`, `len`, `print printf println`, and Docker's `json join lower upper title split pad truncate`.
struct Template {
  /// What a field that is not there is.
  enum Missing {
    /// An error that names the key, as `docker inspect` says it.
    case unknownKey
    /// An error that names the field, as lists say it.
    case unknownField
  }

  private let nodes: [TemplateNode]
  private let missing: Missing

  init(_ source: String, missing: Missing = .unknownKey) throws(TemplateError) {
    nodes = try TemplateParser.parse(source)
    self.missing = missing
  }

  func render(_ value: JSONValue) throws(TemplateError) -> String {
    var evaluator = TemplateEvaluator(root: value, missing: missing)
    try evaluator.run(nodes, dot: value)
    return evaluator.output
  }

  /// The titles of a table's columns: every action shows the title of the field that it shows.
  func heading(_ titles: JSONObject) throws(TemplateError) -> String {
    var text = ""
    for node in nodes {
      switch node {
      case .text(let part): text += part
      case .output(let pipeline):
        // Functions that change the value are left out: `{{json .ID}}` is headed ID.
        text += pipeline.firstField.flatMap { titles[$0]?.stringValue } ?? ""
      case .condition(_, let body, _), .with(_, let body, _), .range(_, let body, _):
        text += try Template(nodes: body, missing: missing).heading(titles)
      }
    }
    return text
  }

  private init(nodes: [TemplateNode], missing: Missing) {
    self.nodes = nodes
    self.missing = missing
  }
}

extension TemplatePipeline {
  fileprivate var firstField: String? {
    for operand in commands.joined() {
      switch operand {
      case .field(.dot, let name): return name
      case .group(let inner): if let name = inner.firstField { return name }
      case .field(let inner, _): if let name = inner.rootField { return name }
      case .dot, .constant, .variable, .function: continue
      }
    }
    return nil
  }
}

extension TemplateOperand {
  fileprivate var rootField: String? {
    switch self {
    case .field(.dot, let name): name
    case .field(let inner, _): inner.rootField
    default: nil
    }
  }
}
