import Testing

@testable import ZpnsKit

/// Which of the paths that the device tells of are told to the core.
@Suite struct NetworkTests {
  let wifi = NetworkPaths.Path(isSatisfied: true, hops: ["en0"])
  let cellular = NetworkPaths.Path(isSatisfied: true, hops: ["pdp_ip0"])
  let nothing = NetworkPaths.Path(isSatisfied: false, hops: [])

  /// Which of these paths, one after the other, are told.
  func told(_ paths: NetworkPaths.Path...) -> [Bool] {
    var watched = NetworkPaths()
    return paths.map { watched.change(to: $0) }
  }

  @Test func the_first_path_is_no_change() {
    #expect(told(wifi) == [false])
    #expect(told(nothing) == [false])
  }

  @Test func the_same_path_again_is_no_change() {
    #expect(told(wifi, wifi, wifi) == [false, false, false])
  }

  @Test func another_interface_is_a_change() {
    #expect(told(wifi, cellular, wifi) == [false, true, true])
  }

  @Test func the_same_interface_with_another_gateway_is_a_change() {
    let home = NetworkPaths.Path(isSatisfied: true, hops: ["en0", "192.168.1.1"])
    let office = NetworkPaths.Path(isSatisfied: true, hops: ["en0", "10.0.0.1"])
    #expect(told(home, office) == [false, true])
  }

  @Test func another_preferred_interface_is_a_change() {
    let both = NetworkPaths.Path(isSatisfied: true, hops: ["en0", "pdp_ip0"])
    let swapped = NetworkPaths.Path(isSatisfied: true, hops: ["pdp_ip0", "en0"])
    #expect(told(both, swapped) == [false, true])
  }

  @Test func a_network_that_goes_is_told_when_it_is_back() {
    #expect(told(wifi, nothing, wifi) == [false, false, true])
  }

  @Test func an_interface_that_leads_nowhere_is_told_when_it_leads_somewhere() {
    let closed = NetworkPaths.Path(isSatisfied: false, hops: ["en0"])
    #expect(told(closed, wifi, closed, nothing, wifi) == [false, true, false, false, true])
  }
}
