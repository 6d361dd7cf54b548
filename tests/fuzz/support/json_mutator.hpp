// Changes of JSON that leave it JSON: most of what a fuzzer does to its bytes does not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace portcullis::fuzz {

using tree = nlohmann::ordered_json;

class json_mutator {
 public:
  json_mutator(std::uint32_t seed, std::vector<std::string_view> names)
      : random_(seed), names_(std::move(names)) {}

  void change(tree& root) {
    tree& at = somewhere(root);
    switch (below(8)) {
      case 0:
        at = value(0);
        return;
      case 1:
        if (at.is_object()) at[name()] = value(0);
        if (at.is_array()) at.push_back(value(0));
        return;
      case 2:
        if (!at.empty() && at.is_structured()) at.erase(std::next(at.begin(), index(at)));
        return;
      case 3:
        at = tree::array({at});
        return;
      case 4:
        at = tree{{name(), at}};
        return;
      case 5:
        at = somewhere(root);
        return;
      case 6:
        // Unsigned, which may go round.
        if (at.is_number_integer()) {
          at = static_cast<std::int64_t>(at.get<std::uint64_t>() + below(5) - 2);
        }
        return;
      default:
        if (at.is_string()) at = changed(at.get<std::string>());
    }
  }

  [[nodiscard]] unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

 private:
  tree& somewhere(tree& root) {
    tree* at = &root;
    while (at->is_structured() && !at->empty() && below(4) != 0) {
      at = &*std::next(at->begin(), index(*at));
    }
    return *at;
  }
  std::ptrdiff_t index(const tree& of) {
    return static_cast<std::ptrdiff_t>(below(static_cast<unsigned>(of.size())));
  }
  std::string name() { return std::string(names_[below(static_cast<unsigned>(names_.size()))]); }
  tree value(unsigned depth) {
    switch (below(depth < 3 ? 9 : 6)) {
      case 0:
        return nullptr;
      case 1:
        return below(2) == 0;
      case 2:
        return static_cast<std::int64_t>(below(5)) - 2;
      case 3:
        return static_cast<std::int64_t>(random_()) << below(31);
      case 4:
        return 1.5 * static_cast<double>(random_());
      case 5:
        return name();
      case 6:
        return tree::array({value(depth + 1), value(depth + 1)});
      case 7:
        return tree::object();
      default:
        return tree{{name(), value(depth + 1)}};
    }
  }
  std::string changed(std::string text) {
    std::vector<std::uint8_t> bytes(text.begin(), text.end());
    bytes.resize(text.size() + 16);
    bytes.resize(LLVMFuzzerMutate(bytes.data(), text.size(), bytes.size()));
    return {bytes.begin(), bytes.end()};
  }

  std::minstd_rand random_;
  std::vector<std::string_view> names_;
};

// Changes `data`, a JSON text, as JSON where it is any, else as bytes. Gives the new size.
inline std::size_t mutate_json(std::uint8_t* data, std::size_t size, std::size_t max_size,
                               std::uint32_t seed, std::vector<std::string_view> names) {
  json_mutator mutator(seed, std::move(names));
  if (mutator.below(4) == 0) return LLVMFuzzerMutate(data, size, max_size);
  tree parsed = tree::parse(data, data + size, nullptr, false);
  if (parsed.is_discarded()) return LLVMFuzzerMutate(data, size, max_size);
  for (unsigned changes = 1 + mutator.below(4); changes != 0; --changes) mutator.change(parsed);
  const std::string text = parsed.dump(-1, ' ', false, tree::error_handler_t::replace);
  if (text.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  text.copy(reinterpret_cast<char*>(data), text.size());
  return text.size();
}

}  // namespace portcullis::fuzz
