// Linked only into offprint-torch and the tests that run rooms in their process: tells has_torch() so.
void offprint_torch_is_linked();
void offprint_torch_is_linked() {}
