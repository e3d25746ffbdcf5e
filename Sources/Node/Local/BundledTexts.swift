import Agreements
import Foundation

/// Texts of Protocol/ that travel in the executable, so that an installed node needs no other file.
public enum BundledTexts {
  /// Sheffield's agreement template, for the demo.
  public static var sheffieldAgreement: String {
    String(decoding: PackageResources.sheffield_encompass_yaml, as: UTF8.self)
  }

  /// The policy of roles that every node has until it has its own.
  static var roles: String { String(decoding: PackageResources.roles_yaml, as: UTF8.self) }

  /// The proposals for retention that every node has until it has its own.
  static var retention: String { String(decoding: PackageResources.retention_yaml, as: UTF8.self) }

  /// England's and Wales's bank holidays, as gov.uk publishes them.
  static var bankHolidays: Data { Data(PackageResources.bank_holidays_json) }

  /// A profile or overlay by its name.
  static func profile(_ name: String) -> String? {
    switch name {
    case "core": String(decoding: PackageResources.core_yaml, as: UTF8.self)
    case "oe-plus": String(decoding: PackageResources.oe_plus_yaml, as: UTF8.self)
    case "minimal-notice": String(decoding: PackageResources.minimal_notice_yaml, as: UTF8.self)
    case "cross-border": String(decoding: PackageResources.cross_border_yaml, as: UTF8.self)
    default: nil
    }
  }
}
