"""Policy head whose action is a choice: grasp cell or push key points, and an angle-view class."""
