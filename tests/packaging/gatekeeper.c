/* README.md's example in C, by the C door: the reason's number is printed, and is the exit code. */
#include <portcullis/c_api.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int main(int count, char** arguments) {
  static char policy[65536], error[512];
  size_t error_length = 0;
  FILE* file = count == 2 ? fopen("policy.json", "rb") : NULL;
  if (file == NULL) return 100;
  size_t length = fread(policy, 1, sizeof policy, file);
  fclose(file);
  portcullis_verifier* verifier =
      portcullis_create_verifier(policy, length, error, sizeof error, &error_length);
  if (verifier == NULL) {
    fprintf(stderr, "%.*s\n", (int)error_length, error);
    return 102;
  }
  int32_t reason =
      portcullis_verify_token(verifier, arguments[1], strlen(arguments[1]), (double)time(NULL));
  portcullis_destroy_verifier(verifier);
  printf("%d\n", (int)reason);
  return reason;
}
