import HTTPTypes
import Hummingbird
import NIOCore

/// A file that every browser may have: no page's content is in it.
struct Asset: Sendable {
  let name: String
  let type: String
  let bytes: [UInt8]

  static let all = [
    Asset(name: "style.css", type: "text/css; charset=utf-8", bytes: PackageResources.style_css),
    Asset(
      name: "live.js", type: "text/javascript; charset=utf-8", bytes: PackageResources.live_js),
  ]

  var response: Response {
    var headers = HTTPFields()
    headers[.contentType] = type
    headers[.cacheControl] = "max-age=300"
    return Response(
      status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}

extension Templates {
  /// Every template by the name under which others name it.
  static let all: [(String, [UInt8])] = [
    ("layout", PackageResources.layout_mustache),
    ("problems", PackageResources.problems_mustache),
    ("input", PackageResources.input_mustache),
    ("textarea", PackageResources.textarea_mustache),
    ("choices", PackageResources.choices_mustache),
    ("box", PackageResources.box_mustache),
    ("day", PackageResources.day_mustache),
    ("fact", PackageResources.fact_mustache),
    ("facts", PackageResources.facts_mustache),
    ("pager", PackageResources.pager_mustache),
    ("sign-in", PackageResources.sign_in_mustache),
    ("not-found", PackageResources.not_found_mustache),
    ("not-theirs", PackageResources.not_theirs_mustache),
    ("refused", PackageResources.refused_mustache),
    ("problem", PackageResources.problem_mustache),
    ("too-long", PackageResources.too_long_mustache),
    ("today", PackageResources.today_mustache),
    ("waits", PackageResources.waits_mustache),
    ("waiting", PackageResources.waiting_mustache),
    ("history", PackageResources.history_mustache),
    ("whole", PackageResources.whole_mustache),
    ("notification", PackageResources.notification_mustache),
    ("incident", PackageResources.incident_mustache),
    ("recorded", PackageResources.recorded_mustache),
    ("views", PackageResources.views_mustache),
    ("voices", PackageResources.voices_mustache),
    ("child", PackageResources.child_mustache),
    ("sharing", PackageResources.sharing_mustache),
    ("conflicts", PackageResources.conflicts_mustache),
    ("conflict", PackageResources.conflict_mustache),
    ("search", PackageResources.search_mustache),
    ("override", PackageResources.override_mustache),
    ("overridden", PackageResources.overridden_mustache),
    ("plans", PackageResources.plans_mustache),
    ("plan", PackageResources.plan_mustache),
    ("figures", PackageResources.figures_mustache),
    ("audit", PackageResources.audit_mustache),
    ("answers", PackageResources.answers_mustache),
    ("disclosures", PackageResources.disclosures_mustache),
    ("retention", PackageResources.retention_mustache),
    ("node", PackageResources.node_mustache),
  ]
}
