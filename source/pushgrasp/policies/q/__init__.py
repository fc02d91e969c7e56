"""What methods that learn the worth of actions (Q-learning) share: policy, replay, stages, learner."""
