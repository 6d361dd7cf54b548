// gatekeeper policy.json < token
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <portcullis/verifier.hpp>

int main(int, char** arguments) {
  std::ifstream file(arguments[1]);
  const std::string policy(std::istreambuf_iterator<char>(file), {});
  const auto verifier = portcullis::verifier::from_policy(policy);
  if (!verifier) return std::cerr << verifier.error().message() << '\n', 2;

  std::string token;
  std::cin >> token;
  const auto decision = verifier->verify_token(token, std::time(nullptr));
  std::cout << portcullis::find_reason(decision.why()).name << '\n';
  if (decision.allowed()) std::cout << *decision.claims_json() << '\n';
  return decision.allowed() ? 0 : 1;
}
