#include <cmath>

#include "offprint/data/catalogue.hpp"
#include "offprint/lm/open.hpp"
#include "offprint/lm/trainer.hpp"
#include "offprint/lm/verbs/train.hpp"

namespace offprint::lm {
namespace {

void train(const TrainOptions& options, Run& run) {
  const auto config = config_of(options);
  const auto text = ByteTokenizer().encode(data::read_text(options.corpus.source));
  TrainingOptions training;
  training.steps = options.steps;
  training.warm_up = options.warm_up;
  training.batch = options.batch;
  training.accumulate = options.accumulate;
  training.learning_rate = options.learning_rate;
  training.final_learning_rate = options.learning_rate / 10;
  training.weight_decay = options.weight_decay;
  training.clip = options.clip;
  training.seed = run.seed();
  training.threads = run.threads();
  training.checkpoint = options.output.path + ".checkpoint";
  training.checkpoint_every = options.checkpoint_every;
  training.resume = options.resume;
  Figure figure{"training",
                "Training",
                "Loss of each step on its batch, and on text that is not trained on.",
                "step",
                {"loss", "nats"}};
  auto& on_batches = figure.line("training");
  auto& on_unseen = figure.points("validation");
  const auto result = train_transformer(config, text, training, options.output.path, [&](const TrainingStep& step) {
    run.metric("training loss", step.step, step.loss);
    on_batches.add(step.step, step.loss);
    if (std::isfinite(step.validation)) {
      run.metric("validation loss", step.step, step.validation);
      on_unseen.add(step.step, step.validation);
    }
    run.progress(step.step, options.steps, "training");
  });
  if (result.resumed_from > 0) run.note("went on after step " + std::to_string(result.resumed_from));
  run.table(
      ResultTable{"training", "Training", {"steps", "tokens_a_step", {"loss", "nats"}, {"validation_loss", "nats"}}}
          .row(options.steps, std::int64_t{options.batch} * options.accumulate * options.context, result.loss,
               result.validation));
  run.figure(figure);
  run.file(options.output.path, "The model");
}

const TorchBody<TrainOptions> train_body{"lm train", train};

}  // namespace
}  // namespace offprint::lm
