import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

extension ProgramAPI {
  /// Answers a request of the web server. Cookies are not looked at: whoever is signed in on a page is nobody here,
  /// so no other site can act in their name.
  func respond(to request: Request, _ context: WebContext) async -> Response {
    let fields = request.headers.map { ($0.name.canonicalName, [$0.value]) }
    let reply = await answer(
      Call(
        method: request.method.rawValue, path: request.uri.path, query: request.uri.query,
        headers: Dictionary(fields, uniquingKeysWith: +), address: context.address
      ) { limit in
        var request = request
        guard let body = try? await request.collectBody(upTo: limit) else { return nil }
        return Data(body.readableBytesView)
      })
    var headers = HTTPFields()
    headers[.contentType] = reply.type
    headers[.cacheControl] = "no-store"
    headers[.contentDisposition] = "attachment; filename=\"answer.json\""
    for (name, value) in reply.headers {
      if let name = HTTPField.Name(name) { headers[name] = value }
    }
    // An answer to HEAD has no body, also where it is refused.
    let body = request.method == .head ? Data() : reply.body
    return Response(
      status: .init(code: reply.status), headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
  }
}
