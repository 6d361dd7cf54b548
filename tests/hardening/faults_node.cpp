// An addon that makes others fail: what they import from Node-API, and malloc, is put in place of by functions that
// count and fail. LD_PRELOAD cannot: Node's own functions come before any library's.
//
//   patch(path) -> the Node-API functions that the loaded addon imports and this file does not know
//   arm(kind, which, onwards)   kind "napi" or "malloc"; the which-th call of an addon fails
//   disarm() -> how many calls there were
//   blocks() -> what addons have taken with malloc and not given back
//   names() -> what can be made to fail
#include <node_api.h>

#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

enum class kind { none, napi, memory };
std::atomic<kind> armed = kind::none;
long calls = 0;
long failing = 0;
bool onwards = false;
std::atomic<long> blocks = 0;

bool fails(kind what) {
  if (armed != what) return false;
  ++calls;
  return calls == failing || (onwards && calls > failing);
}

template <class Signature>
struct through;
template <class... Arguments>
struct through<napi_status (*)(Arguments...)> {
  template <napi_status (*real)(Arguments...)>
  static napi_status call(Arguments... arguments) {
    return fails(kind::napi) ? napi_generic_failure : real(arguments...);
  }
};

void* take(std::size_t size) {
  void* const memory = fails(kind::memory) ? nullptr : std::malloc(size);
  if (memory != nullptr) ++blocks;
  return memory;
}
void give_back(void* memory) {
  if (memory != nullptr) --blocks;
  std::free(memory);
}

// Every function of Node-API that an addon imports. What throws is told apart: it may fail, too, and then nobody is
// told, which is no decision.
#define FUNCTIONS(ROW)                                                                             \
  ROW(napi_add_finalizer) ROW(napi_create_array) ROW(napi_create_function) ROW(napi_create_int32)  \
  ROW(napi_create_object) ROW(napi_create_string_utf8) ROW(napi_get_boolean)                       \
  ROW(napi_get_buffer_info) ROW(napi_get_cb_info) ROW(napi_get_typedarray_info)                    \
  ROW(napi_get_value_double) ROW(napi_get_value_int32) ROW(napi_get_value_string_utf8)             \
  ROW(napi_is_typedarray) ROW(napi_set_element) ROW(napi_set_named_property)                       \
  ROW(napi_throw_error) ROW(napi_throw_type_error)

struct row {
  const char* name;
  void* instead;
};
const row rows[] = {
#define ROW(name) {#name, reinterpret_cast<void*>(&through<decltype(&name)>::call<&name>)},
    FUNCTIONS(ROW)
#undef ROW
        {"malloc", reinterpret_cast<void*>(&take)},
    {"free", reinterpret_cast<void*>(&give_back)},
};

struct search {
  std::string path;
  std::string unknown;
  bool found = false;
};

void put(void** place, void* instead) {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(place) & ~(page - 1);
  mprotect(reinterpret_cast<void*>(begin), page, PROT_READ | PROT_WRITE);
  *place = instead;
}

int look_at(dl_phdr_info* info, std::size_t, void* given) {
  auto& wanted = *static_cast<search*>(given);
  if (info->dlpi_name == nullptr || wanted.path != info->dlpi_name) return 0;
  wanted.found = true;
  const ElfW(Dyn)* dynamic = nullptr;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    if (info->dlpi_phdr[i].p_type == PT_DYNAMIC) {
      dynamic = reinterpret_cast<const ElfW(Dyn)*>(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    }
  }
  const ElfW(Sym)* symbols = nullptr;
  const char* names = nullptr;
  const ElfW(Rela)* tables[2] = {nullptr, nullptr};
  std::size_t sizes[2] = {0, 0};
  for (; dynamic->d_tag != DT_NULL; ++dynamic) {
    const auto address = dynamic->d_un.d_ptr;
    switch (dynamic->d_tag) {
      case DT_SYMTAB: symbols = reinterpret_cast<const ElfW(Sym)*>(address); break;
      case DT_STRTAB: names = reinterpret_cast<const char*>(address); break;
      case DT_JMPREL: tables[0] = reinterpret_cast<const ElfW(Rela)*>(address); break;
      case DT_PLTRELSZ: sizes[0] = dynamic->d_un.d_val; break;
      case DT_RELA: tables[1] = reinterpret_cast<const ElfW(Rela)*>(address); break;
      case DT_RELASZ: sizes[1] = dynamic->d_un.d_val; break;
      default: break;
    }
  }
  for (int table = 0; table < 2; ++table) {
    for (std::size_t i = 0; i < sizes[table] / sizeof(ElfW(Rela)); ++i) {
      const ElfW(Rela)& entry = tables[table][i];
      const auto symbol = ELF64_R_SYM(entry.r_info);
      if (symbol == 0) continue;
      const char* const name = names + symbols[symbol].st_name;
      bool known = false;
      for (const row& each : rows) {
        if (std::strcmp(each.name, name) != 0) continue;
        put(reinterpret_cast<void**>(info->dlpi_addr + entry.r_offset), each.instead);
        known = true;
      }
      if (!known && std::strncmp(name, "napi_", 5) == 0) wanted.unknown += std::string(name) + ' ';
    }
  }
  return 1;
}

std::string text_of(napi_env env, napi_value value) {
  char text[4096];
  std::size_t size = 0;
  napi_get_value_string_utf8(env, value, text, sizeof text, &size);
  return {text, size};
}

napi_value make_text(napi_env env, const std::string& text) {
  napi_value made = nullptr;
  napi_create_string_utf8(env, text.data(), text.size(), &made);
  return made;
}

napi_value make_number(napi_env env, long number) {
  napi_value made = nullptr;
  napi_create_int64(env, number, &made);
  return made;
}

napi_value patch(napi_env env, napi_callback_info info) {
  napi_value words[1];
  std::size_t count = 1;
  napi_get_cb_info(env, info, &count, words, nullptr, nullptr);
  search wanted{text_of(env, words[0]), {}};
  dl_iterate_phdr(look_at, &wanted);
  return make_text(env, wanted.found ? wanted.unknown : "no such addon is loaded");
}

napi_value arm(napi_env env, napi_callback_info info) {
  napi_value words[3];
  std::size_t count = 3;
  napi_get_cb_info(env, info, &count, words, nullptr, nullptr);
  const std::string what = text_of(env, words[0]);
  std::int64_t which = 0;
  napi_get_value_int64(env, words[1], &which);
  napi_get_value_bool(env, words[2], &onwards);
  calls = 0;
  failing = which;
  armed = what == "napi" ? kind::napi : kind::memory;
  return nullptr;
}

napi_value disarm(napi_env env, napi_callback_info) {
  armed = kind::none;
  return make_number(env, calls);
}

napi_value tell_blocks(napi_env env, napi_callback_info) { return make_number(env, blocks); }

napi_value tell_names(napi_env env, napi_callback_info) {
  std::string out;
  for (const row& each : rows) out += std::string(each.name) + ' ';
  return make_text(env, out);
}

}  // namespace

NAPI_MODULE_INIT() {
  const std::pair<const char*, napi_callback> functions[] = {
      {"patch", patch}, {"arm", arm}, {"disarm", disarm}, {"blocks", tell_blocks}, {"names", tell_names}};
  for (const auto& [name, function] : functions) {
    napi_value made = nullptr;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &made);
    napi_set_named_property(env, exports, name, made);
  }
  return exports;
}
