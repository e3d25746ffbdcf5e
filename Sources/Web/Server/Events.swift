import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Node
import Records
import Replica
import ServiceLifecycle

extension Site {
  /// Tells a page that is open that there is something new: nothing but that, as server-sent events. The
  /// page then asks for itself again, and is told what its person may see.
  func events(_ request: Request, _ context: WebContext) async -> Response {
    guard await signedIn(request) != nil else { return Response(status: .unauthorized) }
    var headers = HTTPFields()
    headers[.contentType] = "text/event-stream"
    headers[.cacheControl] = "no-store"
    let (node, site) = (node, self)
    let body = ResponseBody { writer in
      var last = try await site.work { try node.replica.logPosition() }
      try await writer.write(ByteBuffer(string: "retry: 5000\n\n"))
      // A session ends sooner than a page that nobody closes, and a node that stops waits for nobody.
      for beat in 1... {
        if beat.isMultiple(of: 10) { guard await site.signedIn(request) != nil else { break } }
        try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(2)) }
        if Task.isShuttingDownGracefully || Task.isCancelled { break }
        let position = try await site.work { try node.replica.logPosition() }
        let since = last
        last = position
        if position != since, await site.hasNews(since: since, for: request) {
          try await writer.write(ByteBuffer(string: "event: news\ndata: \n\n"))
        } else if beat.isMultiple(of: 10) {
          try await writer.write(ByteBuffer(string: ": \n\n"))
        }
      }
      try await writer.finish(nil)
    }
    return Response(status: .ok, headers: headers, body: body)
  }

  /// Whether something came that whoever asks may see. Of all else not even the moment is told.
  private func hasNews(since position: Int64, for request: Request) async -> Bool {
    guard let account = await signedIn(request) else { return false }
    let found = try? await work { [self] in
      try visit(account, form: Form(), parameters: [:])?.desk.hasNews(since: position)
    }
    return found.flatMap { $0 } ?? false
  }
}
