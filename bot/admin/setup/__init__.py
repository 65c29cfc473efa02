"""`setup`: asks what it cannot know, makes the rest, and prints what to do in each console.

The steps are those of `bot.admin.setup_steps`; `questions` has what is asked with each.
"""
