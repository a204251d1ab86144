print("drumbeat")
