#include "jose/jwk_set.hpp"

#include "jose/jwk.hpp"
#include "limits.hpp"

namespace portcullis {

bool parse_keys(json_document& document, const json_node& value, algorithm_set allowed,
                key_set& keys, policy_error& error) {
  const bool is_set = value.type == json_node::kind::object;
  const json_node* const list = is_set ? value.find("keys") : &value;
  if (list == nullptr || list->type != json_node::kind::array || list->count > limits::max_keys ||
      (list->count == 0 && !is_set)) {
    return refuse(error, list == nullptr ? value : *list, policy_text::key_list);
  }
  if (!keys.reserve(list->count)) return refuse_for_memory(error);
  for (const json_node* item = list->first; item != nullptr; item = item->next) {
    verification_key& key = keys.next();
    const key_fit fit = is_set ? parse_jwk(document, *item, allowed, key, error)
                               : parse_key(document, *item, allowed, key, error);
    if (fit == key_fit::unfit && is_set) {
      // Passed over, and not to be kept: what else it is for may be secret.
      if (const json_node* const secret = item->find("k"); secret != nullptr)
        document.wipe(*secret);
      error.path.clear();
      error.expected.clear();
      continue;
    }
    if (fit != key_fit::usable) return false;
    if (!keys.accept()) {
      return refuse_member(error, *item, "kid", policy_text::kid_unique);
    }
  }
  return keys.size() != 0 || refuse(error, value, policy_text::fitting_key);
}

}  // namespace portcullis
