#include "offprint/math/privacy_accounting.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "offprint/base/error.hpp"

namespace offprint {
namespace {

TEST(PrivacyAccounting, ConversionsAtDeltaOneInAMillion) {
  const double rhos[]{0.005, 0.1, 0.5, 1, 2}, tight[]{0.429941, 2.141939, 5.221534, 7.766217, 11.688596},
      exact[]{0.396857, 1.994527, 4.886554, 7.286081, 10.997151},
      simple[]{0.530652, 2.450788, 5.756522, 8.433844, 12.513044};
  for (int i = 0; i < 5; ++i) {
    EXPECT_NEAR(epsilon_of_zcdp(rhos[i], 1e-6) / tight[i], 1, 1e-5);
    EXPECT_NEAR(epsilon_of_gaussian(rhos[i], 1e-6) / exact[i], 1, 1e-5);
    EXPECT_NEAR(epsilon_of_zcdp_simple(rhos[i], 1e-6) / simple[i], 1, 1e-5);
    EXPECT_NEAR(zcdp_of_approx(epsilon_of_zcdp(rhos[i], 1e-6), 1e-6) / rhos[i], 1, 1e-8);
  }
}

TEST(PrivacyAccounting, OrderOfConversionsHolds) {
  for (double rho = 1e-6; rho < 50; rho *= 7)
    for (const double delta : {1e-12, 1e-6, 0.01}) {
      EXPECT_LE(epsilon_of_gaussian(rho, delta), epsilon_of_zcdp(rho, delta) * (1 + 1e-9)) << rho << ' ' << delta;
      EXPECT_LE(epsilon_of_zcdp(rho, delta), epsilon_of_zcdp_simple(rho, delta) * (1 + 1e-9));
    }
}

TEST(PrivacyAccounting, RefusesBudgetsThatAreNone) {
  EXPECT_THROW(PrivacyBudget::zcdp(-1), BadInput);
  EXPECT_THROW(PrivacyBudget::zcdp(NAN), BadInput);
  EXPECT_THROW(PrivacyBudget::pure(0), BadInput);
  EXPECT_THROW(PrivacyBudget::approx(1, 1), BadInput);
  EXPECT_THROW(PrivacyBudget::approx(1, 0), BadInput);
  EXPECT_THROW(epsilon_of_zcdp(1, 2), BadInput);
}

}  // namespace
}  // namespace offprint
